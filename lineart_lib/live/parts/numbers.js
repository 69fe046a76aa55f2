// A number in three digits, with a true minus sign; very large and very small ones with a power.
export function shortNumber(v) {
  if (!Number.isFinite(v)) return v > 0 ? "∞" : v < 0 ? "−∞" : "–";
  const size = Math.abs(v);
  const text =
    size !== 0 && (size >= 1e4 || size < 1e-3) ? v.toExponential(1) : String(+v.toPrecision(3));
  return text.replace("e+", "e").replaceAll("-", "−");
}

export const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

// About `count` round numbers from low to high.
export function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  const found = [];
  for (let t = Math.ceil(low / step) * step; t <= high + 1e-9; t += step) {
    found.push(Math.abs(t) < step * 1e-6 ? 0 : t);
  }
  return found;
}

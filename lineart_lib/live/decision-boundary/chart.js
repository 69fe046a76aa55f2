import { svg } from "../parts/elements.js";

const HEIGHT = 96;

// A loss, short enough for an axis.
export function lossText(v) {
  const digits = v === 1e-4 || v === 1e-5 ? 0 : 1;
  return (v < 1e-3 ? v.toExponential(digits) : String(+v.toPrecision(3))).replace("-", "−");
}

// The training loss by step, on a logarithmic axis.
export function createChart() {
  const node = svg("svg", { class: "ll-plot ll-costs", role: "img" });

  function draw(losses, steps) {
    const width = Math.max(180, node.clientWidth || 260);
    node.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    node.style.height = `${HEIGHT}px`;
    const [left, right, top, base] = [34, width - 6, 18, HEIGHT - 8];
    const most = Math.max(0.7, ...losses.map((l) => l.loss));
    const least = Math.max(1e-6, Math.min(0.02, ...losses.map((l) => l.loss)));
    const [low, high] = [Math.log10(least) - 0.15, Math.log10(most * 1.1)];
    const y = (v) => base - ((Math.log10(Math.max(v, least)) - low) / (high - low)) * (base - top);
    const x = (t) => left + (t / Math.max(50, steps)) * (right - left);
    const line = losses.map(({ t, loss }) => `${x(t).toFixed(1)} ${y(loss).toFixed(1)}`);
    node.replaceChildren(
      svg("text", { x: left, y: 11, class: "ll-tick" }, "Training loss (log) by step"),
      svg("rect", { x: left, y: top, width: right - left, height: base - top, class: "ll-frame" }),
      ...powersBetween(least, most * 1.1).map((v) =>
        svg("text", { x: left - 5, y: y(v) + 4, class: "ll-tick ll-end" }, lossText(v)),
      ),
      svg("path", { d: line.length ? `M${line.join("L")}` : "", class: "ll-loss" }),
    );
    const now = losses.length ? `now ${lossText(losses.at(-1).loss)}` : "not trained yet";
    node.setAttribute("aria-label", `Training loss by step, ${now}`);
  }

  return { node, draw };
}

// At most three powers of ten that lie inside.
function powersBetween(low, high) {
  const powers = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5].filter((v) => v < high && v > low);
  return powers.length > 3 ? powers.filter((_, i) => i % 2 === 0) : powers;
}

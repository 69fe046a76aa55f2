// n-grams by looking up, with the estimate of Witten and Bell: what lineart_lib.models.ngram does,
// but nothing is counted before it is asked for.
const PRINTABLE = Array.from({ length: 95 }, (_, k) => String.fromCharCode(32 + k));
export const ALPHABET = ["\n", ...PRINTABLE];
const PLACE = new Map(ALPHABET.map((sign, place) => [sign, place]));
const MOST_KEPT = 4000; // Histories whose followers are kept.

// Only signs of the alphabet; accents are taken off their letters.
export const clean = (text) =>
  [...text.normalize("NFKD")].filter((sign) => PLACE.has(sign)).join("");

// What a text has to say about the next sign; it begins as after a line break.
export function createCounts(text) {
  const source = `\n${text}`;
  const kept = new Map();

  // How often each sign stood after a history, by its place: `counts`, their `total`, how many differ.
  function followers(history) {
    let found = kept.get(history);
    if (found) return found;
    const counts = new Map();
    const add = (sign) => counts.set(PLACE.get(sign), (counts.get(PLACE.get(sign)) ?? 0) + 1);
    if (history) {
      for (let at = source.indexOf(history); at >= 0; at = source.indexOf(history, at + 1)) {
        if (at + history.length < source.length) add(source[at + history.length]);
      }
    } else for (const sign of text) add(sign);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    found = { counts, total, different: counts.size };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(history, found);
    return found;
  }

  return {
    // The probability of each sign of the alphabet after a text, and how many of its last signs
    // have been seen together.
    guess(past, order) {
      const before = `\n${past}`;
      let chances = ALPHABET.map(() => 1 / ALPHABET.length);
      let seen = 0;
      for (let length = 0; length < Math.min(order, before.length + 1); length++) {
        const { counts, total, different } = followers(before.slice(before.length - length));
        if (!total) break;
        seen = length;
        chances = chances.map(
          (p, place) => ((counts.get(place) ?? 0) + different * p) / (total + different),
        );
      }
      return { chances, seen };
    },
  };
}

// Sharpened below temperature 1, flattened above.
export function heat(chances, temperature) {
  const most = Math.max(...chances);
  const powers = chances.map((p) => (p / most) ** (1 / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// The sign that a number in [0, 1) falls on.
export function pick(chances, uniform) {
  let left = uniform;
  for (let place = 0; place < chances.length; place++) {
    left -= chances[place];
    if (left < 0) return ALPHABET[place];
  }
  return ALPHABET[chances.indexOf(Math.max(...chances))]; // The sum of many shares rounds.
}

// Mean bits that the signs of a text cost, each after those before it.
export function bitsOf(counts, text, order) {
  let sum = 0;
  for (let end = 0; end < text.length; end++) {
    sum -= Math.log2(counts.guess(text.slice(0, end), order).chances[PLACE.get(text[end])]);
  }
  return text.length ? sum / text.length : 0;
}

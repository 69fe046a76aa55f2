// A digit is {label, guess, image, weights}: base64 of bytes, the image side × side, the weights
// layers × heads × tokens × tokens in 255ths. Token 0 is the class token, the others are the
// patches, line by line. A row says who looks, a column at whom.
export function decode(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export function unpack({ digits, side, patch, layers, heads }) {
  const cells = Math.round(side / patch);
  const tokens = cells * cells + 1;
  return {
    side,
    cells,
    tokens,
    layers,
    heads,
    digits: digits.map((d) => {
      const image = decode(d.image);
      const weights = decode(d.weights);
      const expected = layers * heads * tokens * tokens;
      if (image.length !== side * side || weights.length !== expected) {
        throw new Error(
          `a digit must hold ${side * side} pixels and ${expected} weights; ` +
            `got ${image.length} and ${weights.length}`,
        );
      }
      return { ...d, image, weights };
    }),
  };
}

// Weights between one token and all others as shares of 1; head -1 is the mean over the heads.
// Forwards: how it shares out its attention. Backwards: how much of theirs the others give it.
export function attention(data, digit, { layer, head, token, backwards }) {
  const { tokens, heads } = data;
  const { weights } = data.digits[digit];
  const chosen = head < 0 ? Array.from({ length: heads }, (_, h) => h) : [head];
  return Array.from({ length: tokens }, (_, other) => {
    const [row, column] = backwards ? [other, token] : [token, other];
    let sum = 0;
    for (const h of chosen) {
      sum += weights[((layer * heads + h) * tokens + row) * tokens + column];
    }
    return sum / (255 * chosen.length);
  });
}

// Over how many tokens a row is spread: the exponential of its entropy, 1 … tokens.
export function spread(row) {
  const sum = row.reduce((total, w) => total + w, 0) || 1;
  return Math.exp(-row.reduce((h, w) => h + (w > 0 ? (w / sum) * Math.log(w / sum) : 0), 0));
}

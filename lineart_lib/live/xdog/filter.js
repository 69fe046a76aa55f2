// The extended difference of Gaussians as lineart_lib.recipe.lineart draws it: grey in [0, 1], in
// floats; 1 is paper. All pictures are flat lists of numbers, line by line.

// A sampled Gaussian, cut at four sigma.
function kernel(sigma) {
  const reach = Math.ceil(4 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

// Blur the lines of a picture and turn it on its side: twice is a blur in both directions.
function blurredAcross(grey, width, height, weights) {
  const reach = (weights.length - 1) / 2;
  const turned = new Float64Array(grey.length);
  const padded = new Float64Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < padded.length; x++) {
      const inside = Math.min(width - 1, Math.max(0, x - reach)); // The border repeats.
      padded[x] = grey[y * width + inside];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * padded[x + k];
      turned[x * height + y] = sum;
    }
  }
  return turned;
}

export function blur(grey, width, height, sigma) {
  const weights = kernel(sigma);
  return blurredAcross(blurredAcross(grey, width, height, weights), height, width, weights);
}

export function xdog(grey, width, height, { sigma, k, gamma, epsilon, phi }) {
  const narrow = blur(grey, width, height, sigma);
  const wide = blur(grey, width, height, sigma * k);
  return Array.from(narrow, (value, i) => {
    const difference = value - gamma * wide[i] - epsilon;
    return 1 + Math.tanh(phi * Math.min(difference, 0));
  });
}

// The share of `ink` that lies on `other` or beside it; 1 when there is no ink.
function shareNear(ink, other, width, height) {
  let [all, near] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!ink[at]) continue;
      all += 1;
      const beside =
        other[at] ||
        (x > 0 && other[at - 1]) ||
        (x < width - 1 && other[at + 1]) ||
        (y > 0 && other[at - width]) ||
        (y < height - 1 && other[at + width]);
      if (beside) near += 1;
    }
  }
  return all ? near / all : 1;
}

// How far found lines lie on true ones, forgiving one pixel; below 0.5 is ink.
export function agree(found, truth, width, height) {
  const [ink, real] = [found, truth].map((lines) => Array.from(lines, (value) => value < 0.5));
  const precision = shareNear(ink, real, width, height);
  const recall = shareNear(real, ink, width, height);
  const both = precision + recall;
  return { precision, recall, f: both ? (2 * precision * recall) / both : 0 };
}

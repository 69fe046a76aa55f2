import { backward, forward } from "../parts/network.js";

// Add the gradient of weight · mean (‖slope‖ - 1)² at the points. The slope's length is the rate of
// change along its own direction u, and u may be held fixed while differentiating. So the gradient
// of a gradient is a difference of two gradients, a short way ahead along u and a short way behind.
export function penaltyGradient(critic, points, weight, sums) {
  const n = points.length / 2;
  const reach = 1e-5;
  const slope = backward(critic, forward(critic, points), new Float64Array(n).fill(1));
  const [ahead, behind] = [points.slice(), points.slice()];
  const pull = new Float64Array(n);
  for (let r = 0; r < n; r++) {
    const length = Math.hypot(slope[2 * r], slope[2 * r + 1]);
    if (length === 0) continue; // No direction: a kink of the penalty, where zero is a fair choice.
    for (const i of [2 * r, 2 * r + 1]) {
      ahead[i] += (reach * slope[i]) / length;
      behind[i] -= (reach * slope[i]) / length;
    }
    pull[r] = (weight * 2 * (length - 1)) / n / (2 * reach);
  }
  backward(critic, forward(critic, ahead), pull, sums);
  const push = pull.map((p) => -p);
  backward(critic, forward(critic, behind), push, sums);
}

import { readout } from "../parts/fields.js";
import { lossText } from "./chart.js";

// Loss and accuracy over all points, and the number of parameters.
export function createMeasures() {
  const { box, cells } = readout(["Loss", "Accuracy", "Parameters"]);
  return {
    node: box,
    draw(training) {
      const now = training.measure();
      cells.Loss.textContent = now ? lossText(now.loss) : "–";
      cells.Accuracy.textContent = now ? `${(100 * now.accuracy).toFixed(1)} %` : "–";
      cells.Parameters.textContent = training.parameters().toLocaleString("en");
    },
    describe: () => `loss ${cells.Loss.textContent}, accuracy ${cells.Accuracy.textContent}`,
  };
}

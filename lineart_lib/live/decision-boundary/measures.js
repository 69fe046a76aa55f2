import { html } from "../parts/elements.js";
import { lossText } from "./chart.js";

const NAMES = ["Loss", "Accuracy", "Parameters"];

// Loss and accuracy over all points, and the number of parameters.
export function createMeasures() {
  const cells = Object.fromEntries(NAMES.map((name) => [name, html("strong")]));
  const places = NAMES.map((name) =>
    html("div", {}, html("span", { class: "ll-name" }, name), cells[name]),
  );
  return {
    node: html("div", { class: "ll-readout" }, ...places),
    draw(training) {
      const now = training.measure();
      cells.Loss.textContent = now ? lossText(now.loss) : "–";
      cells.Accuracy.textContent = now ? `${(100 * now.accuracy).toFixed(1)} %` : "–";
      cells.Parameters.textContent = training.parameters().toLocaleString("en");
    },
    describe: () => `loss ${cells.Loss.textContent}, accuracy ${cells.Accuracy.textContent}`,
  };
}

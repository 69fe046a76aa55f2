import { paintPixels } from "../parts/canvas.js";
import { html } from "../parts/elements.js";
import { attention } from "./weights.js";

// A small map for the mean of all heads (-1) and for each head, each a button that chooses it.
export function createHeads(data, onchoose) {
  const { cells } = data;
  const choices = Array.from({ length: data.heads + 1 }, (_, k) => {
    const head = k - 1;
    const map = html("canvas", { width: cells, height: cells, "aria-hidden": "true" });
    const text = html("span", {}, head < 0 ? "mean of heads" : `head ${head + 1}`);
    const button = html(
      "button",
      { type: "button", class: "ll-head-choice", onclick: () => onchoose(head) },
      map,
      text,
    );
    return { head, map, button };
  });
  return {
    node: html(
      "div",
      { class: "ll-heads", role: "group", "aria-label": "Heads of the layer" },
      ...choices.map((choice) => choice.button),
    ),
    draw(state, colour) {
      for (const { head, map, button } of choices) {
        const values = attention(data, state.digit, { ...state, head }).slice(1);
        const most = Math.max(...values, 1e-9);
        paintPixels(map, (k) => [...colour, 255 * (values[k] / most)]);
        button.setAttribute("aria-pressed", head === state.head);
      }
    },
  };
}

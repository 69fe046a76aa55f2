import { svg } from "../parts/elements.js";
import { cross, diamond, disc, plus, square, triangle } from "../parts/shapes.js";

// How each optimizer is drawn; its dash and its mark tell it apart without its colour.
export const LOOKS = {
  sgd: { colour: "var(--ll-blue)", dash: "", mark: disc },
  momentum: { colour: "var(--ll-orange)", dash: "7 3", mark: square },
  adagrad: { colour: "var(--ll-green)", dash: "2 3", mark: triangle },
  rmsprop: { colour: "var(--ll-red)", dash: "9 3 2 3", mark: cross },
  adam: { colour: "var(--ll-purple)", dash: "5 5", mark: diamond },
  adamw: { colour: "var(--ll-teal)", dash: "1 5", mark: plus },
};

export const walkLine = ({ dash }, d, style) =>
  svg("path", { d, class: "ll-walk", "stroke-dasharray": dash, style });

export const swatch = (look) =>
  svg(
    "svg",
    {
      class: "ll-swatch",
      viewBox: "0 0 34 14",
      "aria-hidden": "true",
      style: `color:${look.colour}`,
    },
    walkLine(look, "M1 7H33"),
    svg("path", { d: look.mark(17, 7, 4.4), class: "ll-mark" }),
  );

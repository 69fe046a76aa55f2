import { html } from "../parts/elements.js";

// The drawing's three exchangeable colours become the page's, so that it follows the theme.
const THEMED = {
  "#1b1f2a": "var(--ll-ink)",
  "#c9ced8": "var(--ll-faint)",
  "#ffffff": "var(--ll-paper)",
};

// An SVG of the library as a node that fits its place.
export function themed(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const node = document.importNode(parsed.documentElement, true);
  for (const part of [node, ...node.querySelectorAll("*")]) {
    for (const property of ["fill", "stroke"]) {
      const colour = THEMED[part.getAttribute(property)?.toLowerCase()];
      if (colour) part.style.setProperty(property, colour);
    }
  }
  node.removeAttribute("width");
  node.removeAttribute("height");
  return node;
}

// The graph of a Node, with its caption.
export const graphWithCaption = (text) => [
  html(
    "div",
    {
      class: "ll-scroll",
      tabindex: 0,
      role: "img",
      "aria-label": "Computation graph with the value and the gradient of every node",
    },
    themed(text),
  ),
  html(
    "figcaption",
    {},
    "The graph of the last line: values forward in green, gradients backward in red.",
  ),
];

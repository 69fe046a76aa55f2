import { html, svg } from "../parts/elements.js";
import { button } from "../parts/fields.js";
import { markOf } from "./picture.js";

// The class of the points to add, and the buttons that take points away.
export function createAdding(uid, { onundo, onclear }) {
  let chosen = 0;
  const choices = [0, 1].map((c) =>
    html(
      "label",
      { class: "ll-choice" },
      html("input", {
        type: "radio",
        name: `${uid}-class`,
        value: c,
        checked: c === chosen,
        onchange: () => (chosen = c),
      }),
      svg(
        "svg",
        { class: "ll-swatch ll-small", viewBox: "-7 -7 14 14", "aria-hidden": "true" },
        svg("path", { d: markOf(c, 0, 0, 5), class: `ll-point ll-class-${c}` }),
      ),
      "AB"[c],
    ),
  );
  const undo = button("Undo point", onundo);
  const node = html(
    "div",
    { class: "ll-transport" },
    html(
      "div",
      { class: "ll-choices", role: "radiogroup", "aria-label": "Class of the points you add" },
      html("span", { class: "ll-name" }, "Add class"),
      ...choices,
    ),
    undo,
    button("Clear points", onclear),
  );
  return {
    node,
    get chosen() {
      return chosen;
    },
    allowUndo: (allowed) => (undo.disabled = !allowed),
  };
}

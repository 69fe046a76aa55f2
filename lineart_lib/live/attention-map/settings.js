import { html } from "../parts/elements.js";
import { field, menu } from "../parts/fields.js";

// The menus of the digit and of the layer.
export function createMenus(uid, data, change) {
  const title = ({ label, guess }, k) =>
    guess === "" || guess === label ? `${k + 1}: ${label}` : `${k + 1}: ${label}, read as ${guess}`;
  const digits = data.digits.map((digit, k) => ({ label: title(digit, k) }));
  const layers = Array.from({ length: data.layers }, (_, k) => ({
    label: `${k + 1} of ${data.layers}`,
  }));
  const digit = menu(digits, (value) => change("digit", +value));
  const layer = menu(layers, (value) => change("layer", +value));
  return {
    fields: [field(uid, "Digit", digit), field(uid, "Layer", layer)],
    show(state) {
      digit.value = state.digit;
      layer.value = state.layer;
    },
  };
}

// Forwards or backwards along the rows of attention.
export function createDirection(uid, change) {
  const choices = [
    ["what it looks at", false],
    ["who looks at it", true],
  ].map(([words, backwards]) =>
    html(
      "label",
      { class: "ll-choice" },
      html("input", {
        type: "radio",
        name: `${uid}-direction`,
        value: backwards ? "true" : "false",
        checked: !backwards,
        onchange: () => change("backwards", backwards),
      }),
      words,
    ),
  );
  return html(
    "div",
    { class: "ll-choices", role: "radiogroup", "aria-label": "Direction" },
    html("span", { class: "ll-name" }, "Show"),
    ...choices,
  );
}

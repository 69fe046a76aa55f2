import { html } from "./elements.js";

// A control with its label before it, and whatever else belongs to the line.
export function field(uid, label, control, ...rest) {
  control.id = `${uid}-${label.replace(/\W+/g, "")}`;
  return html(
    "div",
    { class: "ll-field" },
    html("label", { for: control.id }, label),
    control,
    ...rest,
  );
}

// A choice among entries {value: {label}}.
export function menu(entries, onchoose) {
  const node = html("select", { onchange: () => onchoose(node.value) });
  for (const [value, { label }] of Object.entries(entries)) {
    node.append(html("option", { value }, label));
  }
  return node;
}

export function slider({ min, max, step }, onmove) {
  const node = html("input", {
    type: "range",
    min,
    max,
    step,
    oninput: () => onmove(node.valueAsNumber),
  });
  return node;
}

// The value of a slider, in words that fit it.
export const valueText = () => html("output", { class: "ll-value" });

export const button = (text, onclick, look) =>
  html("button", { type: "button", class: look, onclick }, text);

// How far a toy has come, beside the buttons that move it on.
export const clock = () => html("output", { class: "ll-clock" });

// Named numbers, side by side: the box, and the place of each number.
export function readout(names) {
  const cells = Object.fromEntries(names.map((name) => [name, html("strong")]));
  const pairs = names.map((name) =>
    html("div", {}, html("span", { class: "ll-name" }, name), cells[name]),
  );
  return { box: html("div", { class: "ll-readout" }, ...pairs), cells };
}

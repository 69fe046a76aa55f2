// XDoG: draw the lines of a picture with a slider for each of the five numbers.
import { paintPixels } from "../parts/canvas.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { button, field, readout, slider, valueText } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { decoded, example } from "./example.js";
import { agree, blur, xdog } from "./filter.js";

const EXAMPLE_SIDE = 128;
const STEEPEST = 9;
const power = (phi) => Math.log10(phi);
// Of each number: its sign, its range, and what the dissertation sets. Phi moves by powers of ten.
const NUMBERS = {
  sigma: { label: "σ, width", min: 0.2, max: 2.5, step: 0.05, usual: 0.4, digits: 2 },
  k: { label: "k, ratio", min: 1.1, max: 8, step: 0.1, usual: 4.5, digits: 1 },
  gamma: { label: "γ, weight", min: 0, max: 1.2, step: 0.01, usual: 0.95, digits: 2 },
  epsilon: { label: "ε, level", min: -0.3, max: 0.3, step: 0.01, usual: -0.1, digits: 2 },
  phi: { label: "φ, steepness", min: 0, max: STEEPEST, step: 0.25, usual: 1e9, digits: 0 },
};
const KEYS = ["picture", "lines", "side", "sigma", "k", "gamma", "epsilon", "phi"];
const [INK, PRECISION, RECALL, F] = ["Ink", "Precision", "Recall", "F at 1 px"];
const HINT =
  "Left the picture in grey, right its lines. Precision: how much of the found ink lies on the " +
  "artist's lines. Recall: how much of the artist's lines was found. F falls when either does.";

function readState(given) {
  const values = Object.entries(NUMBERS).map(([name, { min, max, usual }]) => {
    const value = given(name, usual);
    return [name, name === "phi" ? clamp(value, 1, 10 ** STEEPEST) : clamp(value, min, max)];
  });
  return Object.fromEntries(values);
}

function readPicture(given) {
  const [picture, lines] = [given("picture", ""), given("lines", "")];
  const side = given("side", EXAMPLE_SIDE);
  const [grey, truth] = [picture, lines].map(decoded);
  const whole = side > 0 && grey.length === side * side && truth.length === side * side;
  if (whole) return { grey, lines: truth, side };
  return { ...example(EXAMPLE_SIDE), side: EXAMPLE_SIDE };
}

const written = (name, value) =>
  name === "phi"
    ? `10^${+power(value).toFixed(2)}`
    : value.toFixed(NUMBERS[name].digits).replace("-", "−");

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  let state = readState(given);
  let shown = readPicture(given);

  const canvas = (name) =>
    html("canvas", { class: "ll-drawing", role: "img", "aria-label": name });
  const [left, right] = [canvas("The picture in grey"), canvas("The lines that XDoG finds")];
  const controls = {};
  const fields = Object.entries(NUMBERS).map(([name, { label, min, max, step }]) => {
    const node = slider({ min, max, step }, (value) =>
      change({ [name]: name === "phi" ? 10 ** value : value }),
    );
    const value = valueText();
    controls[name] = { node, value };
    return field(uid, label, node, value);
  });
  const { box: numbers, cells } = readout([INK, PRECISION, RECALL, F]);
  const news = announcer();
  const usual = Object.fromEntries(Object.entries(NUMBERS).map(([name, n]) => [name, n.usual]));
  const soft = { sigma: 1, k: 1.6, gamma: 0.95, epsilon: 0, phi: 10 };
  el.append(
    html(
      "div",
      { class: "lineart-live ll-xdog" },
      html("div", { class: "ll-drawings" }, left, right),
      html(
        "div",
        { class: "ll-columns ll-even" },
        html("div", {}, ...fields.slice(0, 3)),
        html("div", {}, ...fields.slice(3), numbers),
      ),
      html(
        "div",
        { class: "ll-transport" },
        button("The dissertation's", () => change(usual), "ll-primary"),
        button("Wide and soft", () => change(soft)),
      ),
      html("p", { class: "ll-hint" }, HINT),
      news,
    ),
  );

  function paint(node, values) {
    Object.assign(node, { width: shown.side, height: shown.side });
    paintPixels(node, (at) => {
      const light = Math.round(255 * values[at]);
      return [light, light, light, 255];
    });
  }

  function draw() {
    const lines = xdog(shown.grey, shown.side, shown.side, state);
    const { precision, recall, f } = agree(lines, shown.lines, shown.side, shown.side);
    const ink = lines.filter((value) => value < 0.5).length / lines.length;
    paint(right, lines);
    for (const [name, { node, value }] of Object.entries(controls)) {
      node.value = name === "phi" ? power(state.phi) : state[name];
      value.textContent = written(name, state[name]);
      node.setAttribute("aria-valuetext", value.textContent);
    }
    cells[INK].textContent = `${(100 * ink).toFixed(1)} %`;
    cells[PRECISION].textContent = precision.toFixed(2);
    cells[RECALL].textContent = recall.toFixed(2);
    cells[F].textContent = f.toFixed(2);
  }

  function change(values) {
    state = { ...state, ...values };
    link.save(values);
    draw();
    news.textContent = `F is ${cells[F].textContent}`;
  }

  function begin() {
    state = readState(given);
    shown = readPicture(given);
    paint(left, shown.grey);
    draw();
  }

  const link = follow(model, KEYS, begin);
  begin();
  return () => link.stop();
}

export default { render, agree, blur, decoded, example, xdog };

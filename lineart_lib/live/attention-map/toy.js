// Attention map: point at a patch of a digit and see which patches it looks at.
import { channels, onThemeChange, readColours } from "../parts/colours.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { example } from "./example.js";
import { createHeads } from "./heads.js";
import { createMeasures } from "./measures.js";
import { createDirection, createMenus } from "./settings.js";
import { createTokens, nameOf, percent } from "./tokens.js";
import { attention, decode, spread, unpack } from "./weights.js";

const KEYS = ["digit", "layer", "head", "token"];
const HINT =
  "Point at a patch or at the class token, or tap it. By keyboard: arrow keys move on. The " +
  "chosen one is framed. Numbers are percent of the attention of the token that looks.";

function readData(given) {
  const digits = given("digits", []);
  if (!digits.length) return unpack(example());
  return unpack({
    digits,
    side: given("side", 28),
    patch: given("patch", 7),
    layers: given("layers", 1),
    heads: given("heads", 1),
  });
}

function readState(given, data) {
  const within = (value, count) => clamp(Math.round(value), 0, count - 1);
  return {
    digit: within(given("digit", 0), data.digits.length),
    layer: within(given("layer", data.layers - 1), data.layers),
    head: within(given("head", -1) + 1, data.heads + 1) - 1,
    token: within(given("token", 0), data.tokens),
  };
}

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  const data = readData(given);
  const state = { ...readState(given, data), backwards: false };
  let colours;

  const change = (key, value) => {
    state[key] = value;
    draw();
    tell();
  };
  const tokens = createTokens(data, (token, aloud) => {
    if (token === state.token) return;
    state.token = token;
    draw();
    if (aloud) tell();
  });
  const menus = createMenus(uid, data, change);
  const measures = createMeasures(data);
  const heads = createHeads(data, (head) => change("head", head));
  const news = announcer();
  const root = html(
    "div",
    { class: "lineart-live ll-attention" },
    html(
      "div",
      { class: "ll-columns ll-even" },
      html(
        "div",
        { role: "group", "aria-label": "The tokens of the picture" },
        ...tokens.nodes,
        html("p", { class: "ll-hint" }, HINT),
      ),
      html("div", {}, ...menus.fields, createDirection(uid, change), measures.node, heads.node),
    ),
    news,
  );
  el.append(root);

  function draw() {
    const row = attention(data, state.digit, state);
    tokens.draw(data.digits[state.digit].image, row, state.token, colours.ink);
    heads.draw(state, colours.orange);
    measures.draw(row);
    menus.show(state);
  }

  function tell() {
    const row = attention(data, state.digit, state);
    const best = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 3);
    const said = best.map((token) => `${nameOf(token, data.cells)} ${percent(row[token])} percent`);
    const verb = state.backwards ? "is looked at most by" : "looks most at";
    news.textContent = `${nameOf(state.token, data.cells)} ${verb} ${said.join("; ")}.`;
  }

  function recolour() {
    const { ink, orange } = readColours(root, ["ink", "orange"]);
    colours = { ink: channels(ink), orange: channels(orange) };
    draw();
  }

  const link = follow(model, KEYS, () => {
    Object.assign(state, readState(given, data));
    draw();
  });
  const stopRecolouring = onThemeChange(recolour);
  recolour();
  return () => {
    link.stop();
    stopRecolouring();
  };
}

export default { render, decode, unpack, example, attention, spread };

// n-gram writer: count a text, see what it holds likely next, and let it write.
import { announcer, html, uniqueId } from "../parts/elements.js";
import { button, field, readout, slider, valueText } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { generator } from "../parts/random.js";
import { bitsOf, clean, createCounts, heat, pick } from "./counts.js";
import { EXAMPLE } from "./example.js";
import { createGuesses } from "./guesses.js";

const KEYS = ["text", "start", "order", "temperature", "seed"];
const MOST_ORDER = 10;
const MOST_MEASURED = 400; // Signs at the end of what is written that the bits are the mean of.
const [BITS, SEEN, LEARNED] = ["Bits per character", "Seen together", "Counted"];
const HINT =
  "Type, or tap a sign to write it. Bits per character tell how surprising your text is to the " +
  "counts; the longer the runs that were counted, the fewer.";

function readState(given) {
  return {
    text: clean(given("text", EXAMPLE)),
    start: clean(given("start", "The ")),
    order: clamp(Math.round(given("order", 5)), 1, MOST_ORDER),
    temperature: clamp(given("temperature", 1), 0.1, 2),
    seed: given("seed", 0),
  };
}

const area = (rows, label, oninput) =>
  html("textarea", { class: "ll-code", rows, "aria-label": label, spellcheck: "false", oninput });

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  let state = readState(given);
  let counts = createCounts(state.text);
  let random = generator(state.seed);

  const page = area(6, "What is written", draw);
  const source = area(6, "The text that is counted", learn);
  const order = slider({ min: 1, max: MOST_ORDER, step: 1 }, (value) => change("order", value));
  const temperature = slider({ min: 0.1, max: 2, step: 0.1 }, (v) => change("temperature", v));
  const [orderText, temperatureText] = [valueText(), valueText()];
  const guesses = createGuesses((sign) => append(sign));
  const { box: numbers, cells } = readout([BITS, SEEN, LEARNED]);
  const news = announcer();
  el.append(
    html(
      "div",
      { class: "lineart-live ll-ngram" },
      html(
        "div",
        { class: "ll-transport" },
        button("Write 100 signs", () => write(100), "ll-primary"),
        button("Write one", () => write(1)),
        button("Clear", clear),
      ),
      html(
        "div",
        { class: "ll-columns ll-even" },
        html("div", {}, page, numbers),
        html(
          "div",
          {},
          field(uid, "Order", order, orderText),
          field(uid, "Temperature", temperature, temperatureText),
          guesses.node,
        ),
      ),
      html(
        "details",
        { class: "ll-more" },
        html("summary", {}, "Count another text: paste your own"),
        source,
      ),
      html("p", { class: "ll-hint" }, HINT),
      news,
    ),
  );

  const guess = () => {
    const { chances, seen } = counts.guess(clean(page.value), state.order);
    return { chances: heat(chances, state.temperature), seen };
  };

  function draw() {
    const { chances, seen } = guess();
    const written = clean(page.value).slice(-MOST_MEASURED);
    guesses.draw(chances);
    cells[BITS].textContent = bitsOf(counts, written, state.order).toFixed(2);
    cells[SEEN].textContent = `${seen} ${seen === 1 ? "sign" : "signs"}`;
    cells[LEARNED].textContent = `${state.text.length.toLocaleString("en")} signs`;
    order.value = state.order;
    orderText.textContent = state.order;
    temperature.value = state.temperature;
    temperatureText.textContent = state.temperature.toFixed(1);
  }

  function append(text) {
    page.value += text;
    page.scrollTop = page.scrollHeight;
    draw();
  }

  function write(count) {
    const before = page.value.length;
    for (let k = 0; k < count; k++) page.value += pick(guess().chances, random.uniform());
    append("");
    news.textContent = page.value.slice(before);
  }

  function clear() {
    page.value = "";
    random = generator(state.seed);
    draw();
  }

  function learn() {
    state.text = clean(source.value);
    counts = createCounts(state.text);
    draw();
  }

  function change(key, value) {
    state[key] = value;
    link.save({ [key]: value });
    draw();
  }

  function begin() {
    counts = createCounts(state.text);
    random = generator(state.seed);
    source.value = state.text;
    page.value = state.start;
    draw();
  }

  const link = follow(model, KEYS, () => {
    state = readState(given);
    begin();
  });
  begin();
  return () => link.stop();
}

export default { render, bitsOf, clean, createCounts, heat, pick, EXAMPLE };

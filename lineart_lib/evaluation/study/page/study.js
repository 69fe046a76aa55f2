// A rater's way through the study. Nothing is sent: answers stay in this browser until saved.
"use strict";
const study = JSON.parse(document.getElementById("data").textContent);
const place = document.getElementById("main");
const STORE = `lineart-study-${study.study}`;
const WORDS = ["bad", "poor", "fair", "good", "excellent"];

let state = restore();
let keys = {};
let keeps = true;

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    if (kept && Array.isArray(kept.questions) && Array.isArray(kept.answers)) return kept;
  } catch {
    // As in keep().
  }
  return { rater: "", questions: [], answers: [], saved: 0 };
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(state));
  } catch {
    keeps = false; // The study works, but not over a restart. The rater is told.
  }
}

function shuffled(items) {
  const order = [...items];
  const draws = crypto.getRandomValues(new Uint32Array(order.length));
  for (let k = order.length - 1; k > 0; k--) {
    const other = Math.floor((draws[k] / 2 ** 32) * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

// One order for each rater. What is asked again was in the first half of its kind and comes in the
// second, in the order of the first time, so that much lies between.
function draw() {
  const kinds = {
    opinion: Object.keys(study.images).map((image) => ({ kind: "opinion", image, repeat: false })),
    pairs: study.pairs.map((pair) => {
      const [left, right] = shuffled(pair);
      return { kind: "pairs", left, right, repeat: false };
    }),
  };
  return study.asks.flatMap((ask) => {
    const once = shuffled(kinds[ask]).slice(0, study.most ?? kinds[ask].length);
    const early = once.slice(0, Math.ceil(once.length / 2));
    const late = once.slice(early.length);
    const count = Math.round(once.length * study.repeats);
    const chosen = shuffled(early.slice(0, Math.max(count, early.length - 1))).slice(0, count);
    const again = early.filter((question) => chosen.includes(question)).map(turned);
    const queues = shuffled([...late.map(() => late), ...again.map(() => again)]);
    return [...early, ...queues.map((queue) => queue.shift())];
  });
}

function turned(question) {
  return question.kind === "pairs"
    ? { ...question, left: question.right, right: question.left, repeat: true }
    : { ...question, repeat: true };
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function picture(code, words) {
  return element(
    "figure",
    {},
    element("img", { src: study.images[code], alt: words }),
    element("figcaption", {}, words),
  );
}

function button(words, key, action, properties = {}) {
  const made = element("button", { type: "button", onclick: action, ...properties }, words);
  if (key) {
    made.append(element("kbd", { ariaHidden: "true" }, { ArrowLeft: "←", ArrowRight: "→", " ": "space", Backspace: "⌫" }[key] ?? key));
    keys[key] = action;
  }
  return made;
}

function show(...children) {
  place.replaceChildren(...children);
  const heading = place.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  const asked = state.questions.length;
  const done = state.answers.length;
  document.getElementById("count").textContent = asked ? `${done} of ${asked} answered` : "";
  const bar = document.getElementById("progress");
  bar.max = asked || 1;
  bar.value = done;
}

function welcome() {
  keys = {};
  const name = element("input", { value: state.rater, autocomplete: "off", maxLength: 80, required: true, id: "rater" });
  const form = element(
    "form",
    {
      onsubmit(event) {
        event.preventDefault();
        if (!name.value.trim()) return;
        state = { rater: name.value.trim(), questions: draw(), answers: [], saved: 0 };
        keep();
        next();
      },
    },
    element("label", {}, "Your name, or any word that is yours alone", name),
    element("button", { className: "main" }, "Begin"),
  );
  show(
    element("h2", {}, "Before you begin"),
    element("p", {}, `You will see coloured drawings and say what you think: ${study.asks.map((ask) => (ask === "opinion" ? "a mark from 1, bad, to 5, excellent" : "which of two you like better")).join(", then ")}. There is no right answer. Some questions come twice.`),
    element("p", { className: "quiet" }, "Nothing leaves this page. At the end you save a file and send it to whoever asked you."),
    form,
  );
  name.focus();
}

function given(code) {
  const source = study.given[study.given_of[code]];
  if (!source) return [];
  const words = "what was to be coloured";
  return [
    element("figure", { className: "given" }, element("img", { src: source, alt: words }), element("figcaption", {}, words)),
  ];
}

function answer(question, said) {
  state.answers.push({ ...question, ...said });
  keep();
  next();
}

function undo() {
  state.answers.pop();
  keep();
  next();
}

function tools() {
  return element(
    "div",
    { className: "tools" },
    ...(state.answers.length ? [button("Undo", "Backspace", undo)] : []),
    button("Save what there is", "", save),
    ...(keeps ? [] : [element("p", { className: "quiet" }, "This browser keeps nothing: save before you close the page.")]),
  );
}

function mark(word, k, question) {
  const action = () => answer(question, { score: k + 1 });
  keys[String(k + 1)] = action;
  return element("button", { type: "button", onclick: action }, element("strong", {}, `${k + 1} `), word);
}

function next() {
  keys = {};
  const question = state.questions[state.answers.length];
  if (!question) return finish();
  if (question.kind === "opinion") {
    show(
      element("h2", {}, "How good is the colouring?"),
      ...given(question.image),
      element("div", { className: "pictures" }, picture(question.image, "the colouring")),
      element(
        "div",
        { className: "answers marks" },
        ...WORDS.map((word, k) => mark(word, k, question)),
      ),
      tools(),
    );
    return;
  }
  const choose = (choice) => () => answer(question, { choice });
  show(
    element("h2", {}, "Which colouring do you like better?"),
    ...given(question.left),
    element("div", { className: "pictures" }, picture(question.left, "left"), picture(question.right, "right")),
    element(
      "div",
      { className: "answers" },
      button("Left", "ArrowLeft", choose("left")),
      button("No difference", " ", choose("tie")),
      button("Right", "ArrowRight", choose("right")),
    ),
    tools(),
  );
}

function finish() {
  keys = {};
  const saved = state.saved === state.answers.length;
  const anew = () => {
    state = { rater: "", questions: [], answers: [], saved: 0 };
    keep();
    welcome();
  };
  show(
    element("h2", {}, "Thank you"),
    element("p", {}, saved ? "The file was handed to your browser. Send it to whoever asked you." : "Save your answers, and send the file to whoever asked you."),
    element(
      "div",
      { className: "tools" },
      button(saved ? "Save once more" : "Save answers", "", save, { className: "main" }),
      button("Undo", "Backspace", undo),
      ...(saved ? [button("Start anew as somebody else", "", anew)] : []),
    ),
  );
}

function save() {
  const sheet = {
    format: study.format,
    study: study.study,
    rater: state.rater,
    asked: state.questions.length,
    answers: state.answers,
  };
  const file = new Blob([JSON.stringify(sheet, null, 1)], { type: "application/json" });
  const address = URL.createObjectURL(file);
  const word = state.rater.replace(/[^\p{L}\p{N}]+/gu, "-") || "rater";
  element("a", { href: address, download: `answers-${study.study}-${word}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  state.saved = state.answers.length;
  keep();
  if (state.answers.length === state.questions.length) finish();
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement) return;
  if (event.key === " " && event.target instanceof HTMLButtonElement) return; // It presses the button.
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

if (state.rater && state.questions.length) next();
else welcome();

// A rater's way through the study. Nothing is sent: answers stay in this browser until saved.
"use strict";
const study = JSON.parse(document.getElementById("data").textContent);
const place = document.getElementById("main");
const STORE = `lineart-study-${study.study}`;
const WORDS = ["bad", "poor", "fair", "good", "excellent"];

let state = restore();
let keys = {};

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    if (kept && Array.isArray(kept.questions) && Array.isArray(kept.answers)) return kept;
  } catch {
    // A browser that keeps nothing: the study works, but not over a restart.
  }
  return { rater: "", questions: [], answers: [] };
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(state));
  } catch {
    // As above.
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

// One order for each rater. Questions that are asked again come in the second half of their kind.
function draw() {
  const kinds = {
    opinion: Object.keys(study.images).map((image) => ({ kind: "opinion", image, repeat: false })),
    pairs: study.pairs.map((pair) => {
      const [left, right] = shuffled(pair);
      return { kind: "pairs", left, right, repeat: false };
    }),
  };
  return study.asks.flatMap((ask) => {
    const once = shuffled(kinds[ask]);
    const early = once.slice(0, Math.ceil(once.length / 2));
    const again = shuffled(early).slice(0, Math.round(once.length * study.repeats));
    const turned = again.map((question) =>
      question.kind === "pairs"
        ? { ...question, left: question.right, right: question.left, repeat: true }
        : { ...question, repeat: true },
    );
    return [...early, ...shuffled([...once.slice(early.length), ...turned])];
  });
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
        state = { rater: name.value.trim(), questions: draw(), answers: [] };
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
  if (!study.given[code]) return [];
  const words = "what was to be coloured";
  return [
    element("figure", { className: "given" }, element("img", { src: study.given[code], alt: words }), element("figcaption", {}, words)),
  ];
}

function answer(question, said) {
  state.answers.push({ ...question, ...said });
  keep();
  next();
}

function tools() {
  const undo = () => {
    state.answers.pop();
    keep();
    next();
  };
  return element(
    "div",
    { className: "tools" },
    ...(state.answers.length ? [button("Undo", "Backspace", undo)] : []),
    button("Save what there is", "", save),
  );
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
        { className: "answers" },
        ...WORDS.map((word, k) => button(`${k + 1} ${word}`, String(k + 1), () => answer(question, { score: k + 1 }))),
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
  show(
    element("h2", {}, "Thank you"),
    element("p", {}, "Save your answers, and send the file to whoever asked you."),
    element(
      "div",
      { className: "tools" },
      button("Save answers", "", save, { className: "main" }),
      button("Undo", "Backspace", () => {
        state.answers.pop();
        keep();
        next();
      }),
      button("Start anew as somebody else", "", () => {
        state = { rater: "", questions: [], answers: [] };
        keep();
        welcome();
      }),
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

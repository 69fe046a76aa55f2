import { html } from "../parts/elements.js";

const INDENT = 4;
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "Tab"];

// A text area for Python. Tab indents; after Escape it moves the focus as everywhere else, which
// `onleaving` announces. `onrun` is asked for by Ctrl + Enter, `onedit` told of a finished change.
export function createEditor(attributes, { onrun, onedit, onleaving }) {
  const node = html("textarea", {
    class: "ll-code",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    wrap: "off",
    ...attributes,
    oninput: fit,
    onchange: onedit,
    onfocus: () => (leaving = false),
    onkeydown: onKey,
  });
  let leaving = false;

  function fit() {
    const lines = node.value.trimEnd().split("\n").length;
    node.rows = Math.min(30, Math.max(6, lines + 1));
  }

  function onKey(event) {
    const commanded = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") {
      leaving = true;
      onleaving();
    } else if (event.key === "Enter" && (commanded || event.shiftKey)) {
      event.preventDefault();
      onrun();
    } else if (event.key === "Tab" && !leaving && !commanded && !event.altKey) {
      event.preventDefault();
      indent(event.shiftKey);
    } else if (!MODIFIERS.includes(event.key)) leaving = false;
  }

  function indent(back) {
    const { selectionStart: from, selectionEnd: to, value } = node;
    const first = value.lastIndexOf("\n", from - 1) + 1;
    if (!back && from === to) {
      return insert(from, to, " ".repeat(INDENT - ((from - first) % INDENT)));
    }
    const end = value.indexOf("\n", to);
    const last = end < 0 ? value.length : end;
    const lines = value.slice(first, last).split("\n");
    const moved = lines.map((line) =>
      back ? line.replace(/^ {1,4}/, "") : " ".repeat(INDENT) + line,
    );
    const text = moved.join("\n");
    insert(first, last, text);
    if (lines.length > 1) node.setSelectionRange(first, first + text.length);
  }

  function insert(from, to, text) {
    node.setSelectionRange(from, to);
    // Unlike setRangeText this keeps the browser's undo; the fallback is for where it is gone.
    if (!document.execCommand("insertText", false, text)) {
      node.setRangeText(text, from, to, "end");
      node.dispatchEvent(new Event("input"));
    }
  }

  return {
    node,
    get code() {
      return node.value;
    },
    set code(text) {
      node.value = text;
      fit();
    },
  };
}

// Autodiff cell: Python in the page, run by Pyodide, which the site serves itself. Nothing is loaded
// before the first click on Run.
import { html, uniqueId } from "../parts/elements.js";
import { button } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { createEditor } from "./editor.js";
import { themed } from "./graph.js";
import { createOutput } from "./output.js";
import { createProgress } from "./progress.js";
import { createRunner } from "./runner.js";

const CODE = `from lineart_lib.autodiff import Node

w1, w2 = Node(0.1, "w1"), Node(0.2, "w2")  # weights
a, b = Node(1.0, "a"), Node(0.0, "b")  # inputs

z = (w1 * a + w2 * b).tanh()  # forward: values
z.backward()  # backward: gradients

print(f"z = {z.value:.4f}")
for node in (w1, w2, a, b):
    print(f"dz/d{node.label} = {node.grad:.4f}")

z  # a Node on the last line is drawn
`;
const HELP =
  "Tab indents and Shift + Tab takes it back; press Escape first to leave with Tab. " +
  "Ctrl + Enter runs. The first run loads Python, about 13 MB.";

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  const original = given("code", CODE);
  let running = false;

  const editor = createEditor(
    { id: `${uid}-code`, "aria-describedby": `${uid}-help` },
    { onrun: run, onedit: keep, onleaving: () => progress.say("Tab now leaves the editor.") },
  );
  const runButton = button("Run", run, "ll-primary");
  const stopButton = button("Stop", stop);
  const progress = createProgress();
  const output = createOutput();
  const runner = createRunner(receive);
  const root = html(
    "div",
    { class: "lineart-live ll-autodiff" },
    html("label", { class: "ll-name", for: editor.node.id }, "Python that runs in this page"),
    editor.node,
    html(
      "div",
      { class: "ll-transport" },
      runButton,
      stopButton,
      button("Restore the code", restore),
      ...progress.nodes,
    ),
    html("p", { class: "ll-hint", id: `${uid}-help` }, HELP),
    ...output.nodes,
  );
  el.append(root);
  stopButton.hidden = true;
  editor.code = original;

  // -------------------------------------------------------------- the code
  function keep() {
    link.save({ code: editor.code });
  }

  function restore() {
    editor.code = original;
    keep();
  }

  // -------------------------------------------------------------- running it
  function run() {
    if (running) return;
    output.clear();
    try {
      runner.run(editor.code, given("files", []));
    } catch (error) {
      return fail(error.message);
    }
    setRunning(true);
    progress.begin(runner.loaded);
  }

  function setRunning(now) {
    running = now;
    runButton.disabled = now;
    stopButton.hidden = !now;
    root.setAttribute("aria-busy", String(now));
  }

  function end(said) {
    setRunning(false);
    progress.end(said);
  }

  function fail(text) {
    output.fail(text);
    end("That did not work.");
  }

  function receive({ kind, ...data }) {
    if (kind === "progress") progress.count(data);
    else if (kind === "stage") progress.stage(data.text);
    else if (kind === "output") output.print(data.text);
    else if (kind === "failed") fail(`Python could not be loaded: ${data.text}`);
    else if (kind === "error") fail(data.text.trimEnd());
    else {
      if (data.svg) output.draw(data.svg);
      end("Done.");
    }
  }

  function stop() {
    runner.drop();
    end("Stopped. The next run loads Python again.");
    runButton.focus();
  }

  const link = follow(model, ["code"], () => {
    const code = given("code", editor.code);
    if (code !== editor.code) editor.code = code;
  });
  return () => {
    runner.drop();
    link.stop();
  };
}

export default { render, themed };

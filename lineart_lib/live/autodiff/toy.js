// Autodiff cell: Python in the page, run by Pyodide, which the site serves itself.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.
// Nothing is loaded before the first click on Run.

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

// What runs beside the page. It reports {kind, ...}; its first message brings the addresses.
function work() {
  let pyodide;
  const send = (message) => self.postMessage(message);
  // Count the bytes of the two large files while they arrive.
  const fetched = self.fetch.bind(self);
  self.fetch = async (resource, options) => {
    const response = await fetched(resource, options);
    const total = Number(response.headers.get("content-length"));
    const name = String(resource.url ?? resource).split("/").pop();
    if (!response.ok || !response.body || !/\.(wasm|zip)$/.test(name) || !total) return response;
    let got = 0;
    const counter = new TransformStream({
      transform(chunk, controller) {
        got += chunk.byteLength;
        send({ kind: "progress", name, got, total });
        controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
  };

  async function load({ pyodideAddress, pythonAddress, files }) {
    send({ kind: "stage", text: "Loading Python" });
    const { loadPyodide } = await import(`${pyodideAddress}pyodide.mjs`);
    pyodide = await loadPyodide({ indexURL: pyodideAddress });
    send({ kind: "stage", text: "Loading the library" });
    const sources = await Promise.all(
      files.map(async (name) => {
        const response = await fetched(pythonAddress + name);
        if (!response.ok) throw new Error(`${name} is missing from the site (${response.status})`);
        return [name, await response.text()];
      }),
    );
    for (const [name, text] of sources) {
      const path = `/library/${name}`;
      pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      pyodide.FS.writeFile(path, text);
    }
    pyodide.runPython("import sys; sys.path.insert(0, '/library')");
    pyodide.setStdout({ batched: (text) => send({ kind: "output", text }) });
    pyodide.setStderr({ batched: (text) => send({ kind: "output", text }) });
  }

  async function run(code) {
    send({ kind: "stage", text: "Running" });
    const namespace = pyodide.toPy({ __name__: "__main__" });
    namespace.set("_code", code);
    try {
      // Compile under a name of its own, so that a traceback shows the reader's lines only.
      const svg = pyodide.runPython(
        `
import traceback
from pyodide.code import CodeRunner

def _run(code):
    scope = {"__name__": "__main__"}
    try:
        value = CodeRunner(code, filename="your code").compile().run(scope)
    except BaseException as error:
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename != "your code":
            frames = frames.tb_next
        lines = traceback.format_exception(type(error), error, frames)
        return None, "".join(lines)
    from lineart_lib.autodiff import Node
    from lineart_lib.autodiff.graph import draw
    if isinstance(value, Node):
        return draw(value), ""
    if value is not None:
        print(value if isinstance(value, str) else repr(value))
    return None, ""

_run(_code)
`,
        { globals: namespace },
      );
      const [drawing, error] = svg.toJs();
      svg.destroy();
      send(error ? { kind: "error", text: error } : { kind: "done", svg: drawing ?? null });
    } catch (error) {
      send({ kind: "error", text: String(error.message ?? error) });
    } finally {
      namespace.destroy();
    }
  }

  self.onmessage = async ({ data }) => {
    try {
      if (!pyodide) await load(data);
    } catch (error) {
      pyodide = undefined;
      return send({ kind: "failed", text: String(error.message ?? error) });
    }
    await run(data.code);
  };
}

function create(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

// Where the site serves Python from; an Error says why there is none.
function addresses() {
  if (location.protocol === "file:") {
    throw new Error(
      "This page was opened as a file, and a browser loads no Python for a file. Serve the book " +
        "with `make serve` and open the address that it prints.",
    );
  }
  const root = document.documentElement.dataset.content_root;
  if (root === undefined) {
    throw new Error(
      "Python in the page works in the built book. Here there is a kernel: paste this code into " +
        "a cell of the notebook and run it there.",
    );
  }
  const base = new URL(root, location.href);
  return {
    pyodideAddress: new URL("_static/pyodide/", base).href,
    pythonAddress: new URL("_python/", base).href,
  };
}

// The drawing's three exchangeable colours become the page's, so that it follows the theme.
const THEMED = {
  "#1b1f2a": "var(--ll-ink)",
  "#c9ced8": "var(--ll-faint)",
  "#ffffff": "var(--ll-paper)",
};

function themed(svg) {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  const node = document.importNode(parsed.documentElement, true);
  for (const part of [node, ...node.querySelectorAll("*")]) {
    for (const property of ["fill", "stroke"]) {
      const colour = THEMED[part.getAttribute(property)?.toLowerCase()];
      if (colour) part.style.setProperty(property, colour);
    }
  }
  node.removeAttribute("width");
  node.removeAttribute("height");
  return node;
}

function render({ model, el }) {
  // Unique in the page: the place's own id, or, in a notebook, chance.
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const original = model.get("code") ?? CODE;
  let worker = null;
  let ready = false; // Python is loaded.
  let running = false;

  const editor = create("textarea", {
    id: `${uid}-code`,
    class: "ll-code",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    wrap: "off",
    "aria-describedby": `${uid}-help`,
  });
  const runButton = create("button", { type: "button", class: "ll-primary", onclick: run }, "Run");
  const stopButton = create("button", { type: "button", onclick: stop, hidden: true }, "Stop");
  const resetButton = create(
    "button",
    {
      type: "button",
      onclick: () => {
        editor.value = original;
        fit();
        keep();
      },
    },
    "Restore the code",
  );
  const status = create("span", { class: "ll-clock", role: "status", "aria-live": "polite" });
  const bar = create("progress", { max: 1, hidden: true, "aria-label": "Loading Python" });
  const output = create("pre", {
    class: "ll-output",
    hidden: true,
    tabindex: 0,
    role: "log",
    "aria-label": "Output of the code",
  });
  const picture = create("figure", { class: "ll-graph", hidden: true });
  const problem = create("pre", { class: "ll-error", hidden: true, role: "alert", tabindex: 0 });
  const root = create(
    "div",
    { class: "lineart-live ll-autodiff" },
    create("label", { class: "ll-name", for: editor.id }, "Python that runs in this page"),
    editor,
    create("div", { class: "ll-transport" }, runButton, stopButton, resetButton, bar, status),
    create(
      "p",
      { class: "ll-hint", id: `${uid}-help` },
      "Tab indents and Shift + Tab takes it back; press Escape first to leave with Tab. " +
        "Ctrl + Enter runs. The first run loads Python, about 13 MB.",
    ),
    problem,
    output,
    picture,
  );
  el.append(root);

  // -------------------------------------------------------------- editor
  const fit = () => {
    editor.rows = Math.min(30, Math.max(6, editor.value.trimEnd().split("\n").length + 1));
  };
  const keep = () => {
    model.set("code", editor.value);
    model.save_changes();
  };
  editor.value = original;
  fit();
  let leaving = false; // After Escape, Tab moves the focus as everywhere else.
  editor.addEventListener("input", fit);
  editor.addEventListener("change", keep);
  editor.addEventListener("focus", () => (leaving = false));
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      leaving = true;
      status.textContent = "Tab now leaves the editor.";
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      run();
      return;
    }
    if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      indent(event.shiftKey);
    } else if (!["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) leaving = false;
  });

  function indent(back) {
    const { selectionStart: from, selectionEnd: to, value } = editor;
    if (!back && from === to) {
      const column = from - (value.lastIndexOf("\n", from - 1) + 1);
      return insert(from, to, " ".repeat(4 - (column % 4)));
    }
    const first = value.lastIndexOf("\n", from - 1) + 1;
    const end = value.indexOf("\n", to);
    const last = end < 0 ? value.length : end;
    const lines = value.slice(first, last).split("\n");
    const text = lines.map((line) => (back ? line.replace(/^ {1,4}/, "") : `    ${line}`)).join("\n");
    insert(first, last, text);
    if (lines.length > 1) editor.setSelectionRange(first, first + text.length);
  }

  function insert(from, to, text) {
    editor.setSelectionRange(from, to);
    // Unlike setRangeText this keeps the browser's undo; the fallback is for where it is gone.
    if (!document.execCommand("insertText", false, text)) {
      editor.setRangeText(text, from, to, "end");
      editor.dispatchEvent(new Event("input"));
    }
  }

  // -------------------------------------------------------------- running
  function show(now) {
    running = now;
    runButton.disabled = now;
    stopButton.hidden = !now;
    if (!now) bar.hidden = true;
    root.setAttribute("aria-busy", String(now));
  }

  function fail(text) {
    problem.textContent = text;
    problem.hidden = false;
    status.textContent = "That did not work.";
    show(false);
  }

  function run() {
    if (running) return;
    problem.hidden = true;
    output.hidden = true;
    output.textContent = "";
    picture.hidden = true;
    let places;
    try {
      places = addresses();
    } catch (error) {
      return fail(error.message);
    }
    show(true);
    status.textContent = ready ? "Running" : "Loading Python";
    if (!ready) {
      bar.hidden = false;
      bar.removeAttribute("value");
    }
    if (!worker) {
      const script = new Blob([`(${work})();`], { type: "text/javascript" });
      const address = URL.createObjectURL(script);
      worker = new Worker(address, { type: "module" });
      worker.onmessage = ({ data }) => receive(data);
      worker.onerror = (event) => {
        drop();
        fail(`Python could not be started: ${event.message ?? "the browser refused a worker"}`);
      };
    }
    worker.postMessage({ ...places, files: model.get("files") ?? [], code: editor.value });
  }

  const sizes = {};
  function receive(data) {
    if (data.kind === "progress") {
      sizes[data.name] = [data.got, data.total];
      const got = Object.values(sizes).reduce((sum, [g]) => sum + g, 0);
      bar.value = Math.min(1, got / 12.2e6);
      const text = `Loading Python: ${(got / 1e6).toFixed(0)} MB`;
      if (status.textContent !== text) status.textContent = text;
    } else if (data.kind === "stage") {
      status.textContent = data.text;
      if (data.text === "Running") {
        ready = true;
        bar.hidden = true;
      }
    } else if (data.kind === "output") {
      output.hidden = false;
      // A runaway loop must not fill the page.
      if (output.textContent.length < 20000) output.append(`${data.text}\n`);
      else if (!output.textContent.endsWith("…\n")) output.append("…\n");
    } else if (data.kind === "done") {
      if (data.svg) {
        const caption = create(
          "figcaption",
          {},
          "The graph of the last line: values forward in green, gradients backward in red.",
        );
        const frame = create("div", {
          class: "ll-scroll",
          tabindex: 0,
          role: "img",
          "aria-label": "Computation graph with the value and the gradient of every node",
        });
        frame.append(themed(data.svg));
        picture.replaceChildren(frame, caption);
        picture.hidden = false;
      }
      status.textContent = "Done.";
      show(false);
    } else {
      if (data.kind === "failed") drop();
      fail(
        data.kind === "failed" ? `Python could not be loaded: ${data.text}` : data.text.trimEnd(),
      );
    }
  }

  function drop() {
    worker?.terminate();
    worker = null;
    ready = false;
  }

  function stop() {
    drop();
    show(false);
    status.textContent = "Stopped. The next run loads Python again.";
    runButton.focus();
  }

  const pull = () => {
    const code = model.get("code");
    if (typeof code === "string" && code !== editor.value) {
      editor.value = code;
      fit();
    }
  };
  model.on("change:code", pull);
  return () => {
    drop();
    model.off("change:code", pull);
  };
}

export default { render, themed };

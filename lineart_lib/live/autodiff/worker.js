// What runs beside the page. It reports {kind, ...}; its first message brings the addresses. Its
// text becomes the script of a worker, so it uses nothing from outside.
export function work() {
  let pyodide;
  const send = (message) => self.postMessage(message);
  const fetched = self.fetch.bind(self);
  self.fetch = fetchAndCount;

  // Runs the code of a reader and returns (drawing or None, error). It is compiled under a name of
  // its own, so that a traceback shows the reader's lines only.
  const RUN = `
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
`;

  // Counts the bytes of the two large files while they arrive.
  async function fetchAndCount(resource, options) {
    const response = await fetched(resource, options);
    const total = Number(response.headers.get("content-length"));
    const name = String(resource.url ?? resource).replace(/.*\//, "");
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
  }

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
      const svg = pyodide.runPython(RUN, { globals: namespace });
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

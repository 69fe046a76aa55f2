import { addresses } from "./site.js";
import { work } from "./worker.js";

// Runs Python beside the page. What the worker reports goes to `onmessage`; that the browser refuses
// one is reported as an error.
export function createRunner(onmessage) {
  let worker = null;
  let loaded = false;

  function start() {
    const script = new Blob([`(${work})();`], { type: "text/javascript" });
    worker = new Worker(URL.createObjectURL(script), { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.kind === "stage" && data.text === "Running") loaded = true;
      if (data.kind === "failed") drop();
      onmessage(data);
    };
    worker.onerror = (event) => {
      drop();
      const why = event.message ?? "the browser refused a worker";
      onmessage({ kind: "error", text: `Python could not be started: ${why}` });
    };
  }

  function drop() {
    worker?.terminate();
    worker = null;
    loaded = false;
  }

  return {
    get loaded() {
      return loaded;
    },
    // Throws an Error where no Python is served.
    run(code, files) {
      const places = addresses();
      if (!worker) start();
      worker.postMessage({ ...places, files, code });
    },
    drop,
  };
}

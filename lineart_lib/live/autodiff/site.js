// Where the site serves Python from; an Error says why there is none.
export function addresses() {
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

import { html } from "./elements.js";

// The colours of the style sheet under some names (--ll-NAME), as a canvas takes them.
export function readColours(root, names) {
  const probe = html("span", { hidden: true });
  root.append(probe);
  const colours = {};
  for (const name of names) {
    probe.style.color = `var(--ll-${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

// Red, green and blue of such a colour, each 0 … 255.
export function channels(colour) {
  const numbers = colour.match(/[\d.]+/g).map(Number);
  return numbers.slice(0, 3);
}

// Call back whenever the theme changes, in the book, in JupyterLab or in the system. Returns the
// function that ends it.
export function onThemeChange(callback) {
  const observer = new MutationObserver(callback);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, {
      attributes: true,
      attributeFilter: ["data-theme", "data-mode", "data-jp-theme-light", "class"],
    });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", callback);
  };
}

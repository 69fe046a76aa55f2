import { html } from "../parts/elements.js";

const BYTES = 12.2e6; // Of the two large files of Pyodide, as they are served.

// A bar while Python loads, and a line that says what is going on.
export function createProgress() {
  const bar = html("progress", { max: 1, hidden: true, "aria-label": "Loading Python" });
  const status = html("span", { class: "ll-clock", role: "status", "aria-live": "polite" });
  const arrived = {}; // Bytes by file.

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  return {
    nodes: [bar, status],
    say,
    begin(loaded) {
      say(loaded ? "Running" : "Loading Python");
      bar.hidden = loaded;
      if (!loaded) bar.removeAttribute("value");
    },
    count({ name, got }) {
      arrived[name] = got;
      const sum = Object.values(arrived).reduce((total, bytes) => total + bytes, 0);
      bar.value = Math.min(1, sum / BYTES);
      say(`Loading Python: ${(sum / 1e6).toFixed(0)} MB`);
    },
    stage(text) {
      say(text);
      if (text === "Running") bar.hidden = true;
    },
    end(text) {
      bar.hidden = true;
      say(text);
    },
  };
}

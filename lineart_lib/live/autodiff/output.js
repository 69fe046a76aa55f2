import { html } from "../parts/elements.js";
import { graphWithCaption } from "./graph.js";

const MOST = 20000; // Characters kept: a runaway loop must not fill the page.

// What the code prints, what it draws, and what went wrong.
export function createOutput() {
  const printed = html("pre", {
    class: "ll-output",
    hidden: true,
    tabindex: 0,
    role: "log",
    "aria-label": "Output of the code",
  });
  const picture = html("figure", { class: "ll-graph", hidden: true });
  const problem = html("pre", { class: "ll-error", hidden: true, role: "alert", tabindex: 0 });

  return {
    nodes: [problem, printed, picture],
    clear() {
      for (const node of [problem, printed, picture]) node.hidden = true;
      printed.textContent = "";
    },
    print(text) {
      printed.hidden = false;
      if (printed.textContent.length < MOST) printed.append(`${text}\n`);
      else if (!printed.textContent.endsWith("…\n")) printed.append("…\n");
    },
    draw(text) {
      picture.replaceChildren(...graphWithCaption(text));
      picture.hidden = false;
    },
    fail(text) {
      problem.textContent = text;
      problem.hidden = false;
    },
  };
}

import { html, svg } from "../parts/elements.js";
import { clamp, shortNumber } from "../parts/numbers.js";
import { lowestCost } from "./landscapes.js";
import { LOOKS, swatch, walkLine } from "./looks.js";
import { optimizers } from "./optimizers.js";
import { verdict } from "./walks.js";

// A row for each optimizer: a box that chooses it, where it is, at what cost, and what became of it.
export function createTable(onchoose) {
  const rows = Object.entries(optimizers).map(([name, { label }]) => {
    const box = html("input", { type: "checkbox", onchange: () => onchoose(name, box.checked) });
    const cells = [0, 1, 2].map(() => html("td"));
    const head = html("th", { scope: "row" }, html("label", {}, box, swatch(LOOKS[name]), label));
    const node = html("tr", { "data-optimizer": name }, head, ...cells);
    return { name, box, cells, node };
  });
  const heads = ["Optimizer", "x", "Cost", "Verdict"].map((text) =>
    html("th", { scope: "col" }, text),
  );
  const table = html(
    "table",
    { class: "ll-table" },
    html("caption", { class: "ll-hidden" }, "Where each optimizer is after the steps shown"),
    html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...rows.map((row) => row.node)),
  );

  function fill({ box, cells, node }, path, fn) {
    box.checked = Boolean(path);
    node.classList.toggle("ll-idle", !path);
    if (!path) return cells.forEach((cell) => (cell.textContent = ""));
    const last = path.at(-1);
    const { word, place } = verdict(path, fn);
    cells[0].textContent = last.map(shortNumber).join(", ");
    cells[1].textContent = shortNumber(fn.f(last));
    cells[2].replaceChildren(html("strong", {}, word));
    if (place) cells[2].append(" ", html("span", { class: "ll-place" }, place));
    cells[2].dataset.verdict = word;
  }

  return {
    node: html(
      "div",
      { class: "ll-scroll", tabindex: 0, role: "region", "aria-label": "Results" },
      table,
    ),
    draw(paths, fn) {
      heads[1].textContent = fn.start.length === 1 ? "x" : "x, y";
      for (const row of rows) fill(row, paths[row.name], fn);
    },
  };
}

const HEIGHT = 104;
const DECADES = 6; // Shown below the cost of the start; one more above it.

// How far above the lowest cost each walk is by step, as a power of ten of where it began.
export function createCosts() {
  const node = svg("svg", { class: "ll-plot ll-costs", role: "img" });
  node.setAttribute("aria-label", "Cost of each optimizer by step; the table gives the values.");

  return {
    node,
    draw(paths, fn, start, steps) {
      const width = Math.max(200, node.clientWidth || 300);
      node.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      node.style.height = `${HEIGHT}px`;
      const [left, right, top, base] = [8, width - 8, 18, HEIGHT - 8];
      const lowest = lowestCost(fn);
      const first = fn.f(start) - lowest || 1;
      const x = (t) => left + ((right - left) * t) / Math.max(1, steps);
      const y = (cost) => base - (base - top) * heightOf((cost - lowest) / first);
      const box = { x: left, y: top, width: right - left, height: base - top };
      const lines = Object.entries(paths).map(([name, path]) => {
        const points = path.map((p, t) => `${x(t).toFixed(1)} ${y(fn.f(p)).toFixed(1)}`);
        return walkLine(LOOKS[name], `M${points.join("L")}`, `color:${LOOKS[name].colour}`);
      });
      node.replaceChildren(
        svg("text", { x: left, y: 11, class: "ll-tick" }, "Cost above the minimum (log) by step"),
        svg("rect", { ...box, class: "ll-frame" }),
        ...lines,
      );
    },
  };
}

// The height of a share of the first cost, in [0, 1].
function heightOf(share) {
  if (!Number.isFinite(share)) return 1;
  const decades = Math.log10(Math.max(share, 10 ** -DECADES)) + DECADES;
  return clamp(decades / (DECADES + 1), 0, 1);
}

import { clearedContext, paintPixels, smallCanvas } from "../parts/canvas.js";
import { channels, readColours } from "../parts/colours.js";
import { contours } from "../parts/contours.js";
import { html, svg } from "../parts/elements.js";
import { arrowWay, plane } from "../parts/plane.js";
import { crosshair, disc, triangle } from "../parts/shapes.js";
import { probabilities } from "./classifier.js";
import { REACH } from "./datasets.js";

const GRID = 56; // Cells a side on which the network is asked.
const LATTICE = Float64Array.from({ length: 2 * (GRID + 1) ** 2 }, (_, i) => {
  const corner = Math.floor(i / 2);
  const at = i % 2 ? GRID - Math.floor(corner / (GRID + 1)) : corner % (GRID + 1);
  return -REACH + (2 * REACH * at) / GRID;
});

// Class A is a disc, class B a triangle.
export const markOf = (c, x, y, r) => (c === 0 ? disc(x, y, r) : triangle(x, y, r));

// What the network says everywhere, its border, and the points. A click or a key adds a point:
// `onadd` gets its place and its class, or null for the class that is chosen, or "other".
export function createPicture(helpId, { onadd, onundo }) {
  const square = plane(REACH);
  const small = smallCanvas(GRID + 1, GRID + 1);
  const canvas = html("canvas", { "aria-hidden": "true" });
  const border = svg("path", { class: "ll-boundary-line" });
  const marks = [0, 1].map((c) => svg("path", { class: `ll-point ll-class-${c}` }));
  const cross = svg("path", { class: "ll-cross" });
  const overlay = svg(
    "svg",
    {
      class: "ll-plot",
      tabindex: 0,
      role: "application",
      "aria-describedby": helpId,
      onclick: (event) => onadd(square.under(event, overlay), event.shiftKey ? "other" : "chosen"),
      onkeydown: onKey,
    },
    border,
    ...marks,
    cross,
  );
  const node = html("div", { class: "ll-stage" }, canvas, overlay);
  let cursor = [0, 0];
  let shown = []; // The points that are drawn.
  let classColours;

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const way = arrowWay(event);
    if (way) {
      const step = event.shiftKey ? 0.5 : 0.1;
      moveCursor(cursor.map((v, i) => square.keep(v + way[i] * step)));
    } else if (key === "a" || key === "b") onadd(cursor, key === "a" ? 0 : 1);
    else if (key === "enter" || key === " ") onadd(cursor, "chosen");
    else if (key === "delete" || key === "backspace") onundo();
    else return;
    event.preventDefault();
  }

  function moveCursor(place) {
    cursor = place;
    cross.setAttribute("d", crosshair(square.px(cursor[0]), square.py(cursor[1]), 9));
    const count = (c) => shown.filter((p) => p[2] === c).length;
    overlay.setAttribute(
      "aria-label",
      `Decision boundary with ${count(0)} points of class A, ${count(1)} of class B; ` +
        `cross at ${cursor.map((v) => v.toFixed(1)).join(", ")}`,
    );
  }

  function drawField(network) {
    const values = probabilities(network, LATTICE);
    paintPixels(small, (k) => {
      const p = values[k];
      return [...classColours[p > 0.5 ? 1 : 0], 255 * 0.62 * Math.abs(2 * p - 1)];
    });
    const { side } = square;
    const context = clearedContext(canvas, side, side);
    // Grid values sit on the corners of the picture: cut half a small pixel off each side.
    context.drawImage(small, 0.5, 0.5, GRID, GRID, 0, 0, side, side);
    const pixel = (i) => (i / GRID) * side;
    border.setAttribute("d", contours(values, GRID, GRID, 0.5, pixel, pixel).line);
  }

  function drawPoints(points) {
    shown = points;
    const radius = square.side < 330 ? 3.4 : 4.2;
    marks.forEach((mark, c) => {
      const ofClass = points.filter((p) => p[2] === c);
      const shapes = ofClass.map(([x, y]) => markOf(c, square.px(x), square.py(y), radius));
      mark.setAttribute("d", shapes.join(""));
    });
    moveCursor(cursor);
  }

  return {
    node,
    moveCursor,
    draw(network, points) {
      if (!square.side) return;
      drawField(network);
      drawPoints(points);
    },
    resize(side) {
      square.side = side;
      overlay.setAttribute("viewBox", `0 0 ${side} ${side}`);
    },
    recolour(root) {
      const { blue, orange } = readColours(root, ["blue", "orange"]);
      classColours = [channels(blue), channels(orange)];
    },
  };
}

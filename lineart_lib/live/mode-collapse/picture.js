import { paintPixels } from "../parts/canvas.js";
import { channels, readColours } from "../parts/colours.js";
import { html, svg } from "../parts/elements.js";
import { plane } from "../parts/plane.js";
import { disc } from "../parts/shapes.js";
import { SPREAD, centres } from "./game.js";

const REACH = 1.5; // Shown is the square [-REACH, REACH]².
const SIDE = 300; // Of the drawing, which is scaled to its place.
const CELLS = 48; // A side of the ground.

// The middles of the ground's cells, line by line from the top.
const LATTICE = Float64Array.from({ length: 2 * CELLS * CELLS }, (_, i) => {
  const cell = Math.floor(i / 2);
  const at = i % 2 ? CELLS - 1 - Math.floor(cell / CELLS) : cell % CELLS;
  return ((at + 0.5) / CELLS) * 2 * REACH - REACH;
});

// The ring of the data, the points that the generator makes, and, as the ground, what the critic
// thinks of every place.
export function createPicture() {
  const square = plane(REACH, SIDE);
  const ground = html("canvas", { "aria-hidden": "true", width: CELLS, height: CELLS });
  const rings = svg("path", { class: "ll-mode" });
  const dots = svg("path", { class: "ll-made" });
  const drawing = svg("svg", { role: "img", viewBox: `0 0 ${SIDE} ${SIDE}` }, rings, dots);
  let real, made; // The colours of what the critic calls so.

  function drawGround(scores) {
    const middle = Float64Array.from(scores).sort()[scores.length / 2];
    const most = Math.max(...scores.map((s) => Math.abs(s - middle))) || 1;
    paintPixels(ground, (k) => {
      const v = (scores[k] - middle) / most;
      return [...(v > 0 ? real : made), 150 * Math.abs(v) ** 0.7];
    });
  }

  const circle = (x, y, r) => disc(square.px(x), square.py(y), r);

  return {
    node: html("div", { class: "ll-stage" }, ground, drawing),
    draw(game, points, modes) {
      drawGround(game.scores(LATTICE));
      const radius = 4 * SPREAD * (SIDE / (2 * REACH));
      const circles = centres(modes).map(([x, y]) => circle(x, y, radius));
      rings.setAttribute("d", circles.join(""));
      let d = "";
      for (let i = 0; i < points.length; i += 2) d += circle(points[i], points[i + 1], 2);
      dots.setAttribute("d", d);
    },
    describe: (text) => drawing.setAttribute("aria-label", text),
    recolour(root) {
      const { blue, orange } = readColours(root, ["blue", "orange"]);
      [real, made] = [channels(blue), channels(orange)];
    },
  };
}

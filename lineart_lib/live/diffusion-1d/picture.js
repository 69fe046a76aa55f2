import { placeOf, valueAt } from "../diffusion/samplers.js";
import { STEPS, alphaBarAt } from "../diffusion/schedules.js";
import { clearedContext, paintPixels, smallCanvas } from "../parts/canvas.js";
import { channels, readColours } from "../parts/colours.js";
import { html, svg } from "../parts/elements.js";
import { density } from "./mixtures.js";

const REACH = 3.2; // Shown are the values in [-REACH, REACH].
const LINES = 48; // Particles whose whole way is drawn.
const BINS = 64;
const HEIGHT = 300;
const [COLUMNS, ROWS] = [120, 100]; // Of the picture of the density.

// Where things are for a width: time runs to the right, values upwards, the bars begin at `foot`.
function layout(width) {
  const [left, top, base, end] = [30, 8, HEIGHT - 26, width - 8];
  const right = width - Math.max(90, 0.2 * width) - 12;
  return {
    left,
    right,
    top,
    base,
    end,
    foot: right + 14,
    x: (t) => right - ((t + 1) / STEPS) * (right - left),
    y: (v) => base - ((v + REACH) / (2 * REACH)) * (base - top),
  };
}

// The ways of the particles over the exact density, and beside them where all particles are.
export function createPicture() {
  const canvas = html("canvas", { "aria-hidden": "true" });
  const plot = svg("svg", { class: "ll-plot", role: "img" });
  const heat = smallCanvas(COLUMNS, ROWS);
  let heatOf = ""; // What the density was painted for.
  let width = 0;
  let colours;

  // The exact density at each step; painted again only when something changes it.
  function paintHeat({ mixture, schedule }) {
    const wanted = `${mixture.label} ${schedule} ${colours.blue}`;
    if (wanted === heatOf) return;
    heatOf = wanted;
    const blue = channels(colours.blue);
    paintPixels(heat, (k) => {
      const [row, column] = [Math.floor(k / COLUMNS), k % COLUMNS];
      const t = Math.round(STEPS * (1 - (column + 0.5) / COLUMNS)) - 1;
      const v = REACH - ((row + 0.5) / ROWS) * 2 * REACH;
      const p = density(mixture, v, alphaBarAt(schedule, t));
      return [...blue, 130 * Math.min(1, p) ** 0.6];
    });
  }

  function drawWays(scene, place, { left, right, top, base, x, y }) {
    paintHeat(scene);
    const { run, particles } = scene;
    const context = clearedContext(canvas, width, HEIGHT);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, base - top);
    context.clip();
    context.drawImage(heat, left, top, right - left, base - top);
    const count = Math.min(LINES, particles);
    context.strokeStyle = colours.ink;
    context.lineWidth = 0.9;
    context.globalAlpha = 0.45;
    for (let i = 0; i < count; i++) {
      context.beginPath();
      for (let k = 0; k <= place.k; k++) context.lineTo(x(run.times[k]), y(run.path[k][i]));
      context.lineTo(x(place.t), y(valueAt(run.path, place, i)));
      context.stroke();
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.orange;
    for (let i = 0; i < count; i++) {
      context.beginPath();
      context.arc(x(place.t), y(valueAt(run.path, place, i)), 2.6, 0, 2 * Math.PI);
      context.fill();
    }
    context.restore();
  }

  return {
    node: html("div", { class: "ll-flow" }, canvas, plot),
    // `passed` is the share of the walk that is shown.
    draw(scene, passed) {
      if (!width) return;
      const place = placeOf(scene.run, passed);
      const where = layout(width);
      drawWays(scene, place, where);
      plot.replaceChildren(
        ...axes(where),
        ...bars(scene, place, where),
        svg(
          "text",
          { ...underneath(where), x: (where.foot + where.end) / 2 },
          passed === 1 ? "arrived" : "now",
        ),
      );
    },
    describe: (text) => plot.setAttribute("aria-label", text),
    resize(next) {
      width = next;
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    },
    recolour(root) {
      colours = readColours(root, ["blue", "ink", "orange"]);
    },
  };
}

const underneath = ({ base }) => ({ y: base + 17, class: "ll-tick", "text-anchor": "middle" });

function axes(where) {
  const { left, right, top, base, x, y } = where;
  return [
    svg("rect", { x: left, y: top, width: right - left, height: base - top, class: "ll-frame" }),
    ...[-3, -2, -1, 0, 1, 2, 3].map((v) =>
      svg(
        "text",
        { x: left - 6, y: y(v) + 4, class: "ll-tick ll-end" },
        String(v).replace("-", "−"),
      ),
    ),
    ...[1000, 750, 500, 250, 0].map((s) =>
      svg("text", { ...underneath(where), x: x(s - 1) }, String(s)),
    ),
  ];
}

// Bars for where the particles are, and the curve of where they should be, on a common scale.
function bars({ mixture, schedule, run, particles }, place, { foot, end, top, base, y }) {
  const heights = new Float64Array(BINS);
  for (let i = 0; i < particles; i++) {
    const bin = Math.floor(((valueAt(run.path, place, i) + REACH) / (2 * REACH)) * BINS);
    if (bin >= 0 && bin < BINS) heights[bin] += BINS / (2 * REACH) / particles;
  }
  const a = alphaBarAt(schedule, Math.round(place.t));
  const values = Array.from({ length: 241 }, (_, i) => -REACH + (2 * REACH * i) / 240);
  const exact = values.map((v) => density(mixture, v, a));
  const scale = (end - foot) / (Math.max(...exact, ...heights) * 1.05);
  const thick = (base - top) / BINS;
  const bar = (height, i) =>
    height
      ? `M${foot} ${(base - i * thick).toFixed(1)}h${(height * scale).toFixed(1)}` +
        `v${(-thick).toFixed(2)}H${foot}Z`
      : "";
  const point = (v, i) => `${(foot + exact[i] * scale).toFixed(1)} ${y(v).toFixed(1)}`;
  return [
    svg("path", { class: "ll-bars", d: Array.from(heights, bar).join("") }),
    svg("path", { class: "ll-curve", d: `M${values.map(point).join("L")}` }),
    svg("line", { x1: foot, x2: foot, y1: top, y2: base, class: "ll-frame" }),
  ];
}

import { placeOf, valueAt } from "../diffusion/samplers.js";
import { alphaBarAt } from "../diffusion/schedules.js";
import { clearedContext, paintPixels, smallCanvas } from "../parts/canvas.js";
import { channels, readColours } from "../parts/colours.js";
import { html, svg } from "../parts/elements.js";
import { arrowWay, plane } from "../parts/plane.js";
import { crosshair, diamond, disc, triangle } from "../parts/shapes.js";
import { SIBLINGS, density } from "./clouds.js";

const REACH = 3; // Shown is the square [-REACH, REACH]².
const GRID = 60; // Cells a side on which the density is computed.
const SHARPEST = 0.08; // A narrower point would fall between the cells.

// The cloud with its density, the particles, and the walks from the ring. `onstart` gets a new
// place of the ring, `onadd` that of a new point; `onundo` takes the last point back; `onmove` tells
// that the cross has moved.
export function createPicture(helpId, { onstart, onadd, onundo, onmove }) {
  const square = plane(REACH);
  const canvas = html("canvas", { "aria-hidden": "true" });
  const small = smallCanvas(GRID, GRID);
  const cloud = svg("path", { class: "ll-datum" });
  const ways = [...waysOf("ddpm", SIBLINGS, triangle, 5), ...waysOf("ddim", 1, disc, 5.5)];
  const handle = svg(
    "g",
    { class: "ll-handle", onclick: (event) => event.stopPropagation() },
    svg("circle", { r: 20, class: "ll-reach" }),
    svg("circle", { r: 9, class: "ll-ring" }),
  );
  const cross = svg("path", { class: "ll-cross" });
  const overlay = svg(
    "svg",
    {
      class: "ll-plot",
      tabindex: 0,
      role: "application",
      "aria-describedby": helpId,
      onclick: (event) => addAt(square.under(event, overlay)),
      onkeydown: onKey,
    },
    cloud,
    ...ways.map((way) => way.line),
    ...ways.map((way) => way.end),
    handle,
    cross,
  );
  let cursor = [0, 0];
  let start = [0, 0]; // Where the ring is.
  let colours;
  onDrag(handle, (event) => onstart(square.under(event, overlay)));

  function addAt(place) {
    cursor = place;
    onadd(place);
  }

  function onKey(event) {
    if (event.metaKey) return;
    const way = arrowWay(event);
    if (way) {
      const step = event.shiftKey ? 0.5 : 0.1;
      const moved = (place) => place.map((v, i) => square.keep(v + way[i] * step));
      if (event.ctrlKey || event.altKey) {
        cursor = moved(cursor);
        onmove();
      } else onstart(moved(start));
    } else if (event.key === "Enter") addAt(cursor);
    else if (event.key === "Delete" || event.key === "Backspace") onundo();
    else return;
    event.preventDefault();
  }

  function paintDensity({ points, spread, schedule }, t) {
    const a = alphaBarAt(schedule, Math.round(t));
    const heights = Float64Array.from({ length: GRID * GRID }, (_, i) => {
      const x = -REACH + (((i % GRID) + 0.5) / GRID) * 2 * REACH;
      const y = REACH - ((Math.floor(i / GRID) + 0.5) / GRID) * 2 * REACH;
      return density(points, Math.max(spread, SHARPEST), x, y, a);
    });
    const most = Math.max(...heights);
    const blue = channels(colours.blue);
    paintPixels(small, (k) => [...blue, 110 * (heights[k] / most) ** 0.6]);
  }

  function drawCanvas(scene, place) {
    const { side } = square;
    const context = clearedContext(canvas, side, side);
    if (scene.points.length) {
      paintDensity(scene, place.t);
      context.drawImage(small, 0, 0, side, side);
    }
    context.fillStyle = colours.ink;
    context.globalAlpha = 0.75;
    for (let i = 0; i < 2 * scene.particles; i += 2) {
      const [x, y] = [i, i + 1].map((k) => valueAt(scene.run.path, place, k));
      context.beginPath();
      context.arc(square.px(x), square.py(y), 1.7, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function drawOverlay({ points, run }, place) {
    let marks = "";
    for (let i = 0; i < points.length; i += 2) {
      marks += diamond(square.px(points[i]), square.py(points[i + 1]), 3.3);
    }
    cloud.setAttribute("d", marks);
    for (const way of ways) way.draw(run, place, square);
    handle.setAttribute("transform", `translate(${square.at(...start).replace(" ", ",")})`);
    cross.setAttribute("d", crosshair(square.px(cursor[0]), square.py(cursor[1]), 9));
  }

  return {
    node: html("div", { class: "ll-stage" }, canvas, overlay),
    get cursor() {
      return cursor;
    },
    // `passed` is the share of the walk that is shown.
    draw(scene, passed) {
      start = scene.start;
      if (!square.side) return;
      const place = placeOf(scene.run, passed);
      drawCanvas(scene, place);
      drawOverlay(scene, place);
    },
    describe: (text) => overlay.setAttribute("aria-label", text),
    resize(side) {
      square.side = side;
      overlay.setAttribute("viewBox", `0 0 ${side} ${side}`);
    },
    recolour(root) {
      colours = readColours(root, ["blue", "ink"]);
    },
  };
}

// The lines of some walks of one kind, and the mark at the end of each.
function waysOf(kind, count, shape, radius) {
  return Array.from({ length: count }, (_, i) => {
    const line = svg("path", { class: `ll-way ll-${kind}` });
    const end = svg("path", { class: `ll-way-end ll-${kind}` });
    const draw = (run, place, square) => {
      const passed = run[kind].slice(0, place.k + 1).map((x) => square.at(x[2 * i], x[2 * i + 1]));
      const [x, y] = [2 * i, 2 * i + 1].map((k) => valueAt(run[kind], place, k));
      line.setAttribute("d", `M${[...passed, square.at(x, y)].join("L")}`);
      end.setAttribute("d", shape(square.px(x), square.py(y), radius));
    };
    return { line, end, draw };
  });
}

function onDrag(handle, moved) {
  let dragging = false;
  handle.addEventListener("pointerdown", (event) => {
    dragging = true;
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (dragging) moved(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => (dragging = false));
  }
}

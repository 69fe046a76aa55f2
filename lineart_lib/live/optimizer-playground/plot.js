import { svg } from "../parts/elements.js";
import { clamp, shortNumber } from "../parts/numbers.js";
import { arrowWay } from "../parts/plane.js";
import { frameFor } from "./frame.js";
import { isCurve } from "./landscapes.js";
import { LOOKS, walkLine } from "./looks.js";
import { axes, ground } from "./scenery.js";

const FAR = 1e5; // Browsers dislike larger coordinates.
const APART = 7; // Pixels between two marks, so that slow walks stay legible.

// The function, the walks over it, and the ring that they start from. `onstart` gets a new place of
// the ring, which need not lie in the picture.
export function createPlot(uid, { onstart }) {
  const node = svg("svg", { class: "ll-plot", role: "group" });
  const clip = svg("clipPath", { id: `${uid}-clip` });
  const clipped = (...children) => svg("g", { "clip-path": `url(#${uid}-clip)` }, ...children);
  const walks = clipped();
  const heads = svg("g");
  const handle = svg(
    "g",
    {
      class: "ll-handle",
      tabindex: 0,
      role: "slider",
      "aria-label": "Starting point: arrow keys move it, Shift moves further",
      onkeydown: onKey,
    },
    svg("circle", { r: 22, class: "ll-reach" }),
    svg("circle", { r: 9, class: "ll-ring" }),
  );
  let fn;
  let frame;
  let start; // Where the ring is.
  onDrag(node, handle, (x, y) => {
    const place = frame.back(x, y);
    onstart(isCurve(fn) ? place.slice(0, 1) : place);
  });

  function onKey(event) {
    const way = arrowWay(event);
    if (!way) return;
    event.preventDefault();
    const axis = isCurve(fn) || way[0] ? 0 : 1;
    const [low, high] = axis === 0 ? fn.x : fn.y;
    const step = (way[0] || way[1]) * (high - low) * (event.shiftKey ? 0.05 : 0.01);
    onstart(start.map((v, i) => (i === axis ? v + step : v)));
  }

  function drawWalk(name, path) {
    const { colour } = LOOKS[name];
    const far = (v) => clamp(v, -FAR, FAR);
    const points = path
      .filter((place) => place.every(Number.isFinite))
      .map((place) => frame.at(place).map(far));
    const line = points.map((p) => p.map((c) => c.toFixed(1)).join(" ")).join("L");
    walks.append(
      svg(
        "g",
        { style: `color:${colour}` },
        walkLine(LOOKS[name], `M${line}`),
        svg("path", { d: marksAlong(points, LOOKS[name].mark), class: "ll-mark" }),
      ),
    );
    heads.append(headAt(points.at(-1), LOOKS[name], frame.box));
  }

  function placeHandle() {
    const { x, width, y, height } = frame.box;
    const [sx, sy] = frame.at(start);
    const inView = clamp(sy, y, y + height);
    handle.setAttribute("transform", `translate(${sx.toFixed(1)} ${inView.toFixed(1)})`);
  }

  return {
    node,
    // Draw the function anew, at the width that there is.
    build(next) {
      fn = next;
      frame = frameFor(fn, Math.max(240, node.clientWidth || 640));
      node.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
      node.setAttribute("aria-label", `${fn.label}: paths of the chosen optimizers`);
      node.style.height = `${frame.height}px`;
      clip.replaceChildren(svg("rect", frame.box));
      node.replaceChildren(
        svg("defs", {}, clip),
        svg("rect", { ...frame.box, class: "ll-frame" }),
        clipped(...ground(fn, frame)),
        ...axes(fn, frame),
        walks,
        heads,
        handle,
      );
    },
    moveStart(place) {
      start = place;
      const where = start.map((c, i) => `${"xy"[i]} = ${shortNumber(c)}`).join(", ");
      handle.setAttribute("aria-valuemin", fn.x[0]);
      handle.setAttribute("aria-valuemax", fn.x[1]);
      handle.setAttribute("aria-valuenow", start[0]);
      handle.setAttribute("aria-valuetext", `${where}, cost ${shortNumber(fn.f(start))}`);
    },
    // Paths by optimizer, as far as they are to be seen.
    draw(paths) {
      walks.replaceChildren();
      heads.replaceChildren();
      for (const [name, path] of Object.entries(paths)) drawWalk(name, path);
      placeHandle();
    },
  };
}

// A mark wherever the walk has moved on by some pixels.
function marksAlong(points, mark) {
  let marks = "";
  let previous = points[0];
  for (const p of points.slice(1)) {
    if (Math.hypot(p[0] - previous[0], p[1] - previous[1]) < APART) continue;
    marks += mark(...p, 3);
    previous = p;
  }
  return marks;
}

// The end of a walk; one that has left the picture waits, hollow, at its edge.
function headAt([hx, hy], { colour, mark }, { x, y, width, height }) {
  const inside = [clamp(hx, x + 7, x + width - 7), clamp(hy, y + 7, y + height - 7)];
  const away = Math.hypot(inside[0] - hx, inside[1] - hy) > 8;
  return svg("path", {
    d: mark(...inside, 6),
    class: away ? "ll-head ll-off" : "ll-head",
    style: `color:${colour}`,
  });
}

// Anywhere in the picture the pointer takes the handle with it; `moved` gets its pixels.
function onDrag(node, handle, moved) {
  let dragging = false;
  const drag = (event) => {
    const box = node.getBoundingClientRect();
    moved(event.clientX - box.left, event.clientY - box.top);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragging = true;
    node.setPointerCapture(event.pointerId);
    drag(event);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => {
    if (dragging) drag(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    node.addEventListener(end, () => (dragging = false));
  }
}

// Diffusion in the plane: noise flows to a cloud of points, each a small Gaussian, by the exact
// score.
import { createPlayer } from "../diffusion/player.js";
import { placeOf, samplers, walk } from "../diffusion/samplers.js";
import { schedules, timesteps } from "../diffusion/schedules.js";
import { onThemeChange } from "../parts/colours.js";
import { announcer, html, svg, uniqueId } from "../parts/elements.js";
import { button, readout } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { onWidth } from "../parts/size.js";
import { SIBLINGS, clouds, denoiser, density, perfectSample, quality, simulate } from "./clouds.js";
import { createPicture } from "./picture.js";
import { MOST_STEPS, NARROWEST, WIDEST, createSettings } from "./settings.js";

const KEYS = ["data", "sampler", "schedule", "steps", "spread", "particles", "start", "seed"];
const [NEAREST, PERFECT, REACHED] = ["To the nearest point", "A perfect sample", "Points reached"];
const HELP =
  "Drag the ring: both kinds of walk begin there. Click elsewhere to add a point to the data. By " +
  "keyboard: focus the picture, arrow keys move the ring, with Ctrl or Alt the cross; Enter adds a " +
  "point at the cross, Delete takes the last one back.";

function readState(given) {
  return {
    data: clouds[given("data")] ? given("data") : "spiral",
    sampler: samplers[given("sampler")] ? given("sampler") : "ddim",
    schedule: schedules[given("schedule")] ? given("schedule") : "cosine",
    steps: clamp(given("steps", 60), 1, MOST_STEPS),
    spread: clamp(given("spread", 0.06), NARROWEST, WIDEST),
    particles: given("particles", 300),
    start: given("start", [1.2, -0.4]),
    seed: given("seed", 0),
  };
}

// What a line in the picture means.
const legend = (kind, text) =>
  html(
    "span",
    { class: "ll-choice" },
    svg(
      "svg",
      { class: "ll-swatch", viewBox: "0 0 34 14", "aria-hidden": "true" },
      svg("path", { d: "M1 7H33", class: `ll-way ll-${kind}` }),
    ),
    text,
  );

const layOut = (helpId, { picture, points, player, numbers, settings, news }) =>
  html(
    "div",
    { class: "lineart-live ll-diffusion-2d" },
    html(
      "div",
      { class: "ll-columns ll-even" },
      html(
        "div",
        {},
        picture.node,
        html("div", { class: "ll-transport" }, ...points),
        html("p", { class: "ll-hint", id: helpId }, HELP),
      ),
      html(
        "div",
        { class: "ll-controls" },
        html("div", { class: "ll-transport" }, ...player.buttons, player.clock),
        player.field,
        html(
          "div",
          { class: "ll-choices" },
          legend("ddim", "DDIM, one way"),
          legend("ddpm", `DDPM, ${SIBLINGS} ways`),
        ),
        numbers,
        ...settings.fields,
      ),
    ),
    news,
  );

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  let state = readState(given);
  let drawn = []; // Points added by hand.
  let scene; // The walks that are shown, and what they were made from.

  const change = (key, value) => {
    if (key === "data") drawn = [];
    state[key] = value;
    restart();
  };
  const settings = createSettings(uid, change);
  const player = createPlayer(uid, el, {
    seconds: 5,
    draw: show,
    onrest: (word) => (news.textContent = `${word}: ${describe()}.`),
    onnew: () => change("seed", state.seed + 1),
  });
  const picture = createPicture(`${uid}-help`, {
    onstart: (place) => change("start", place),
    onadd: add,
    onundo: undo,
    onmove: show,
  });
  const { box: numbers, cells } = readout([NEAREST, PERFECT, REACHED]);
  const undoButton = button("Undo point", undo);
  const clearButton = button("Clear points", () => change("data", "empty"));
  const news = announcer();
  const root = layOut(`${uid}-help`, {
    picture,
    points: [undoButton, clearButton],
    player,
    numbers,
    settings,
    news,
  });
  el.append(root);

  const oneDigit = (place) => place.map((v) => v.toFixed(1)).join(", ");
  const describe = () =>
    `${state.particles} particles, ${scene.points.length / 2} points; ring at ` +
    `${oneDigit(state.start)}, cross at ${oneDigit(picture.cursor)}; to the nearest point ` +
    `${cells[NEAREST].textContent}, reached ${cells[REACHED].textContent}`;

  function show() {
    picture.draw(scene, player.passed);
    picture.describe(describe());
    player.show(placeOf(scene.run, player.passed).t, state.steps);
  }

  function measure({ points, run }) {
    const found = points.length ? quality(points, run.path.at(-1)) : null;
    const perfect = found && quality(points, perfectSample(points, state));
    cells[NEAREST].textContent = found ? found.distance.toFixed(3) : "–";
    cells[PERFECT].textContent = found ? perfect.distance.toFixed(3) : "–";
    cells[REACHED].textContent = found ? `${Math.round(100 * found.reached)} %` : "–";
  }

  function restart() {
    player.finish();
    const points = Float64Array.from([...clouds[state.data].points(), ...drawn.flat()]);
    scene = { ...state, points, run: simulate({ ...state, points }) };
    measure(scene);
    undoButton.disabled = !drawn.length;
    settings.show(state);
    link.save(state);
    show();
  }

  function add(place) {
    drawn.push(place);
    restart();
    news.textContent = `Added a point; there are ${scene.points.length / 2}.`;
  }

  function undo() {
    if (!drawn.pop()) return;
    restart();
    news.textContent = `Took a point back; there are ${scene.points.length / 2}.`;
  }

  const link = follow(model, KEYS, () => {
    state = readState(given);
    restart();
  });
  picture.recolour(root);
  restart();
  const stopResizing = onWidth(picture.node, (side) => {
    picture.resize(side);
    show();
  });
  const stopRecolouring = onThemeChange(() => {
    picture.recolour(root);
    show();
  });
  return () => {
    player.stop();
    link.stop();
    stopResizing();
    stopRecolouring();
  };
}

export default {
  render,
  schedules,
  samplers,
  timesteps,
  walk,
  clouds,
  denoiser,
  density,
  quality,
  simulate,
};

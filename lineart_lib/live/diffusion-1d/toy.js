// Diffusion on a line: particles flow from noise to a mixture whose score is known exactly.
import { createPlayer } from "../diffusion/player.js";
import { placeOf, samplers, walk } from "../diffusion/samplers.js";
import { schedules, timesteps } from "../diffusion/schedules.js";
import { createWalkSettings } from "../diffusion/settings.js";
import { onThemeChange } from "../parts/colours.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { field, menu, readout } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { clamp } from "../parts/numbers.js";
import { onWidth } from "../parts/size.js";
import { denoiser, density, distance, draw, mixtures, simulate } from "./mixtures.js";
import { createPicture } from "./picture.js";

const KEYS = ["data", "sampler", "schedule", "steps", "particles", "seed"];
const MOST_STEPS = 250;
const [FOUND, PERFECT, CALLS] = [
  "Distance to the data",
  "A perfect sample",
  "Calls of the denoiser",
];
const HINT =
  "Left: noise. Middle: the ways of some particles over the exact density at each step. Right: " +
  "bars for where all particles are, a line for where they should be at that step. The distance " +
  "is Wasserstein-1, in units of the axis.";

function readState(given) {
  return {
    data: mixtures[given("data")] ? given("data") : "three",
    sampler: samplers[given("sampler")] ? given("sampler") : "ddpm",
    schedule: schedules[given("schedule")] ? given("schedule") : "cosine",
    steps: clamp(given("steps", 50), 1, MOST_STEPS),
    particles: given("particles", 1000),
    seed: given("seed", 0),
  };
}

const layOut = ({ player, picture, dataField, settings, numbers, news }) =>
  html(
    "div",
    { class: "lineart-live ll-diffusion-1d" },
    html("div", { class: "ll-transport" }, ...player.buttons, player.clock),
    picture.node,
    player.field,
    html(
      "div",
      { class: "ll-columns ll-even" },
      html("div", {}, dataField, settings.sampler),
      html("div", {}, settings.steps, settings.schedule),
    ),
    numbers,
    html("p", { class: "ll-hint" }, HINT),
    news,
  );

function render({ model, el }) {
  const uid = uniqueId(el);
  const given = reader(model);
  let state = readState(given);
  let scene; // The walk that is shown, and what it was made from.

  const change = (key, value) => {
    state[key] = value;
    restart();
  };
  const data = menu(mixtures, (value) => change("data", value));
  const settings = createWalkSettings(uid, { samplerLabel: "Sampler", most: MOST_STEPS, change });
  const player = createPlayer(uid, el, {
    seconds: 4.5,
    draw: show,
    onrest: (word) => (news.textContent = `${word}: ${describe()}.`),
    onnew: () => change("seed", state.seed + 1),
  });
  const { box: numbers, cells } = readout([FOUND, PERFECT, CALLS]);
  const picture = createPicture();
  const news = announcer();
  const dataField = field(uid, "Data", data);
  const root = layOut({ player, picture, dataField, settings, numbers, news });
  el.append(root);

  const describe = () =>
    `${state.particles} particles under ${samplers[state.sampler].label} with ${state.steps} ` +
    `steps and the ${state.schedule} schedule; distance to the data ${cells[FOUND].textContent}`;

  function show() {
    picture.draw(scene, player.passed);
    picture.describe(describe());
    player.show(placeOf(scene.run, player.passed).t, state.steps);
  }

  function restart() {
    player.finish();
    const mixture = mixtures[state.data];
    scene = { ...state, mixture, run: simulate({ ...state, mixture }) };
    const perfect = draw(mixture, state.particles, state.seed);
    cells[FOUND].textContent = distance(mixture, scene.run.path.at(-1)).toFixed(3);
    cells[PERFECT].textContent = distance(mixture, perfect).toFixed(3);
    cells[CALLS].textContent = state.steps;
    data.value = state.data;
    settings.show(state);
    link.save(state);
    show();
  }

  const link = follow(model, KEYS, () => {
    state = readState(given);
    restart();
  });
  picture.recolour(root);
  restart();
  const stopResizing = onWidth(picture.node, (width) => {
    picture.resize(width);
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
  mixtures,
  density,
  denoiser,
  distance,
  draw,
  simulate,
};

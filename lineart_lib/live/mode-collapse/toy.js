// Mode collapse: a small generator and a small critic play on a ring of Gaussians.
import { animation, workFor } from "../parts/animation.js";
import { onThemeChange } from "../parts/colours.js";
import { announcer, html, uniqueId } from "../parts/elements.js";
import { button, clock, readout } from "../parts/fields.js";
import { follow, reader } from "../parts/model.js";
import { backward, blank, forward, network } from "../parts/network.js";
import { clamp } from "../parts/numbers.js";
import { game, objectives, quality } from "./game.js";
import { penaltyGradient } from "./penalty.js";
import { createPicture } from "./picture.js";
import { createSettings } from "./settings.js";

const KEYS = ["objective", "modes", "learning_rate", "seed"];
const HINT =
  "Rings: where the data are. Dots: what the generator makes. Blue ground: the critic calls it " +
  "more real than the median of the square; orange: less.";

function readState(given) {
  return {
    objective: objectives[given("objective")] ? given("objective") : "non-saturating",
    modes: clamp(Math.round(given("modes", 8)), 2, 12),
    learning_rate: clamp(given("learning_rate", 2e-3), 1e-5, 0.1),
    seed: given("seed", 1),
  };
}

const layOut = ({ picture, buttons, steps, numbers, settings, news }) =>
  html(
    "div",
    { class: "lineart-live ll-mode-collapse" },
    html(
      "div",
      { class: "ll-columns ll-even" },
      html("div", {}, picture.node, html("p", { class: "ll-hint" }, HINT)),
      html(
        "div",
        { class: "ll-controls" },
        html("div", { class: "ll-transport" }, ...buttons, steps),
        numbers,
        ...settings.fields,
      ),
    ),
    news,
  );

function render({ model, el }) {
  const given = reader(model);
  let state = readState(given);
  let play = game(state);

  const settings = createSettings(uniqueId(el), (key, value) => {
    state[key] = value;
    restart();
  });
  const playButton = button(
    "Play",
    () => (motion.running ? pause() : motion.start()),
    "ll-primary",
  );
  const stepButton = button("10 steps", () => {
    pause();
    for (let k = 0; k < 10; k++) play.step();
    draw();
  });
  const newButton = button("New game", () => {
    state.seed += 1;
    restart();
  });
  const steps = clock();
  const { box: numbers, cells } = readout(["Modes hit", "Points near a mode"]);
  const picture = createPicture();
  const news = announcer();
  const buttons = [playButton, stepButton, newButton];
  const root = layOut({ picture, buttons, steps, numbers, settings, news });
  el.append(root);

  const describe = () =>
    `After ${play.steps} steps with the loss ${objectives[state.objective].label} the generator ` +
    `hits ${cells["Modes hit"].textContent} modes; ${cells["Points near a mode"].textContent} of ` +
    "its points lie near one.";

  function draw() {
    const points = play.points();
    const { hit, near } = quality(points, state.modes);
    picture.draw(play, points, state.modes);
    cells["Modes hit"].textContent = `${hit} of ${state.modes}`;
    cells["Points near a mode"].textContent = `${Math.round(100 * near)} %`;
    steps.textContent = `step ${play.steps}`;
    playButton.textContent = motion.running ? "Pause" : "Play";
    picture.describe(describe());
  }

  const motion = animation(el, {
    everyMs: 60,
    advance() {
      workFor(14, () => play.step()); // The rest of the frame belongs to the page.
      return true;
    },
    draw,
  });

  function pause() {
    const was = motion.stop();
    draw();
    if (was) news.textContent = describe();
  }

  function restart() {
    motion.stop();
    play = game(state);
    settings.show(state);
    link.save(state);
    draw();
  }

  const link = follow(model, KEYS, () => {
    state = readState(given);
    restart();
  });
  picture.recolour(root);
  restart();
  const stopRecolouring = onThemeChange(() => {
    picture.recolour(root);
    draw();
  });
  return () => {
    motion.stop();
    link.stop();
    stopRecolouring();
  };
}

export default { render, network, forward, backward, blank, penaltyGradient, game, quality };

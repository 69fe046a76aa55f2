import { clamp } from "../parts/numbers.js";
import { makeFunctions } from "./landscapes.js";
import { HYPER, optimizers } from "./optimizers.js";
import { run, verdict } from "./walks.js";

// The state of the playground, the functions that it chooses from, and the walks that follow from
// both. `given` reads the model.
export function createExperiment(given) {
  const state = { hyper: { ...HYPER } };
  let functions;
  let paths = {}; // By optimizer, the whole walk.

  function shape() {
    functions = makeFunctions(given("mixture"), state.condition);
  }

  function read() {
    state.condition = given("condition", 10);
    shape();
    const name = functions[given("function")] ? given("function") : "square";
    const opening = functions[name];
    const start = given("start", opening.start);
    Object.assign(state, {
      function: name,
      start: [...(start.length === opening.start.length ? start : opening.start)],
      learning_rate: given("learning_rate", opening.lr),
      steps: given("steps", opening.steps),
      optimizers: new Set(given("optimizers", ["sgd"]).filter((chosen) => optimizers[chosen])),
    });
  }

  read();
  return {
    state,
    read,
    get functions() {
      return functions;
    },
    get fn() {
      return functions[state.function];
    },
    // Take another function, with its own start, rate and steps.
    choose(name) {
      const { start, lr, steps } = functions[name];
      Object.assign(state, { function: name, start: [...start], learning_rate: lr, steps });
    },
    set(key, value) {
      state[key] = key === "start" ? inside(this.fn, value) : value;
      if (key === "condition") shape();
    },
    walk() {
      const hyper = { ...state.hyper, lr: state.learning_rate };
      const chosen = Object.keys(optimizers).filter((name) => state.optimizers.has(name));
      paths = Object.fromEntries(
        chosen.map((name) => [name, run(name, this.fn, state.start, hyper, state.steps)]),
      );
    },
    // The walks after some steps.
    after: (steps) =>
      Object.fromEntries(
        Object.entries(paths).map(([name, path]) => [name, path.slice(0, steps + 1)]),
      ),
    describe(steps) {
      const said = Object.entries(this.after(steps)).map(([name, path]) => {
        const { word, place } = verdict(path, this.fn);
        return `${optimizers[name].label} ${word}${place ? ` (${place})` : ""}`;
      });
      return `After ${Math.min(steps, state.steps)} steps: ${said.join(", ")}.`;
    },
    // The state as the model holds it.
    toSave() {
      const { hyper, ...saved } = state;
      return { ...saved, optimizers: [...state.optimizers] };
    },
  };
}

// A place, moved into the part of the function that is shown, in three digits.
const inside = (fn, place) =>
  place.map((v, axis) => +clamp(v, ...(axis === 0 ? fn.x : fn.y)).toPrecision(3));

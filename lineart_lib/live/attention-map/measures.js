import { readout } from "../parts/fields.js";
import { nameOf, percent } from "./tokens.js";
import { spread } from "./weights.js";

// The strongest weight of a row, and over how many tokens it is spread.
export function createMeasures({ cells, tokens }) {
  const [STRONGEST, WEIGHT, SPREAD] = ["Strongest", "Weight", "Spread over"];
  const { box, cells: places } = readout([STRONGEST, WEIGHT, SPREAD]);
  return {
    node: box,
    draw(row) {
      const strongest = row.indexOf(Math.max(...row));
      places[STRONGEST].textContent = nameOf(strongest, cells);
      places[WEIGHT].textContent = `${percent(row[strongest])} %`;
      places[SPREAD].textContent = `${spread(row).toFixed(1)} of ${tokens}`;
    },
  };
}

import { paintPixels } from "../parts/canvas.js";
import { html } from "../parts/elements.js";

const INK = 0.8; // Opacity of the darkest pixel.

export const percent = (w) => `${Math.round(100 * w)}`;

// What a token is called, in a picture of cells × cells patches.
export const nameOf = (token, cells) =>
  token === 0
    ? "class token"
    : `row ${Math.floor((token - 1) / cells) + 1}, column ${((token - 1) % cells) + 1}`;

// The picture under a grid of buttons, one for each patch, and one more for the class token.
// `onchoose` gets a token, and whether to read the result aloud.
export function createTokens({ side, cells, tokens }, onchoose) {
  const canvas = html("canvas", { width: side, height: side, "aria-hidden": "true" });
  const chips = Array.from({ length: tokens }, () => html("span", { class: "ll-chip" }));
  const buttons = chips.map((chip, token) =>
    html(
      "button",
      {
        type: "button",
        class: token ? "ll-patch" : "ll-patch ll-class-token",
        onpointerenter: (event) => event.pointerType === "mouse" && onchoose(token, false),
        onfocus: () => onchoose(token, true),
        onclick: () => onchoose(token, true),
        onkeydown: (event) => onKey(event, token),
      },
      token ? null : html("span", {}, "class token"),
      chip,
    ),
  );
  const grid = html("div", { class: "ll-patches" }, canvas, ...buttons.slice(1));
  grid.style.setProperty("--ll-cells", cells);

  function onKey(event, token) {
    const next = tokenBeside(token, event.key, cells);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next].focus();
  }

  return {
    nodes: [buttons[0], grid],
    // `row` holds the share of each token.
    draw(image, row, chosen, ink) {
      paintPixels(canvas, (k) => [...ink, INK * image[k]]);
      const most = Math.max(...row, 1e-9);
      buttons.forEach((button, token) => {
        const share = percent(row[token]);
        const place = token ? `Patch in ${nameOf(token, cells)}` : "Class token";
        button.tabIndex = token === chosen ? 0 : -1;
        button.setAttribute("aria-pressed", token === chosen);
        button.setAttribute("aria-label", `${place}: ${share} percent`);
        button.style.setProperty("--ll-share", row[token] / most);
        chips[token].textContent = share;
      });
    },
  };
}

// Where a key leads from a token; undefined for a key that leads nowhere.
function tokenBeside(token, key, cells) {
  const [row, column] = token ? [Math.floor((token - 1) / cells), (token - 1) % cells] : [-1, 0];
  const at = (r, c) => 1 + r * cells + c;
  const ways = {
    ArrowLeft: () => (row >= 0 && column > 0 ? token - 1 : token),
    ArrowRight: () => (row >= 0 && column < cells - 1 ? token + 1 : token),
    ArrowUp: () => (row > 0 ? at(row - 1, column) : 0),
    ArrowDown: () => (row < cells - 1 ? at(row + 1, column) : token),
    Home: () => 0,
    End: () => cells * cells,
  };
  return ways[key]?.();
}

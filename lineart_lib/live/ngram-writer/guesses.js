import { html } from "../parts/elements.js";
import { ALPHABET } from "./counts.js";

const SHOWN = 8;
const NAMES = { " ": "space", "\n": "line break" };

// The likeliest next signs, each a button that writes it.
export function createGuesses(onchoose) {
  const rows = Array.from({ length: SHOWN }, () => {
    const [sign, share] = [html("span", { class: "ll-sign" }), html("span", { class: "ll-share" })];
    const button = html(
      "button",
      { type: "button", class: "ll-guess", onclick: () => onchoose(button.value) },
      sign,
      share,
    );
    return { button, sign, share };
  });
  return {
    node: html(
      "div",
      { class: "ll-guesses", role: "group", "aria-label": "The likeliest next signs" },
      ...rows.map((row) => row.button),
    ),
    draw(chances) {
      const places = [...chances.keys()].sort((a, b) => chances[b] - chances[a]);
      rows.forEach(({ button, sign, share }, k) => {
        const chosen = ALPHABET[places[k]];
        const percent = 100 * chances[places[k]];
        button.value = chosen;
        sign.textContent = NAMES[chosen] ?? chosen;
        share.textContent = `${percent < 1 ? "< 1" : Math.round(percent)} %`;
        button.style.setProperty("--ll-share", chances[places[k]]);
        button.setAttribute("aria-label", `Write ${NAMES[chosen] ?? chosen}: ${share.textContent}`);
      });
    },
  };
}

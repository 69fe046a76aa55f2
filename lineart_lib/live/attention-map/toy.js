// Attention map: point at a patch of a digit and see which patches it looks at.
// One file, no dependency: the same code runs as an anywidget front end and inside a static page.

// ---------------------------------------------------------------- data
// A digit is {label, guess, image, weights}: base64 of bytes, the image side × side, the weights
// layers × heads × tokens × tokens in 255ths. Token 0 is the class token, the others are the
// patches, line by line. A row says who looks, a column at whom.
function decode(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function unpack({ digits, side, patch, layers, heads }) {
  const cells = Math.round(side / patch);
  const tokens = cells * cells + 1;
  return {
    side,
    cells,
    tokens,
    layers,
    heads,
    digits: digits.map((d) => {
      const image = decode(d.image);
      const weights = decode(d.weights);
      const expected = layers * heads * tokens * tokens;
      if (image.length !== side * side || weights.length !== expected) {
        throw new Error(
          `a digit must hold ${side * side} pixels and ${expected} weights; ` +
            `got ${image.length} and ${weights.length}`,
        );
      }
      return { ...d, image, weights };
    }),
  };
}

// What a page shows that was given no digits: a ring. Nothing is learned; head 1 prefers what is
// near, head 2 what looks alike, both by softmax of a formula.
function example() {
  const [side, patch, cells] = [28, 7, 4];
  const image = Uint8Array.from({ length: side * side }, (_, k) => {
    const far = Math.hypot((k % side) - 13.5, Math.floor(k / side) - 13.5);
    return Math.round(255 * Math.max(0, Math.min(1, 3 - Math.abs(far - 8.5))));
  });
  const ink = Array.from({ length: cells * cells }, (_, p) => {
    let sum = 0;
    for (let k = 0; k < patch * patch; k++) {
      const x = (p % cells) * patch + (k % patch);
      sum += image[(Math.floor(p / cells) * patch + Math.floor(k / patch)) * side + x];
    }
    return sum / 255 / patch;
  });
  const scores = [
    (a, b) => -Math.hypot((a % cells) - (b % cells), Math.floor(a / cells) - Math.floor(b / cells)),
    (a, b) => -Math.abs(ink[a] - ink[b]),
  ];
  const tokens = cells * cells + 1;
  const weights = scores.flatMap((score) =>
    Array.from({ length: tokens }, (_, a) => {
      const row = Array.from({ length: tokens }, (_, b) =>
        Math.exp(a && b ? 1.5 * score(a - 1, b - 1) : 0),
      );
      const sum = row.reduce((total, w) => total + w, 0);
      return row.map((w) => Math.round((255 * w) / sum));
    }).flat(),
  );
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const digit = { label: "ring", guess: "", image: base64(image), weights: base64(weights) };
  return { digits: [digit], side, patch, layers: 1, heads: scores.length };
}

// Weights between one token and all others as shares of 1; head -1 is the mean over the heads.
// Forwards: how it shares out its attention. Backwards: how much of theirs the others give it.
function attention(data, digit, { layer, head, token, backwards }) {
  const { tokens, heads } = data;
  const { weights } = data.digits[digit];
  const chosen = head < 0 ? Array.from({ length: heads }, (_, h) => h) : [head];
  return Array.from({ length: tokens }, (_, other) => {
    const [row, column] = backwards ? [other, token] : [token, other];
    let sum = 0;
    for (const h of chosen) {
      sum += weights[((layer * heads + h) * tokens + row) * tokens + column];
    }
    return sum / (255 * chosen.length);
  });
}

// Over how many tokens a row is spread: the exponential of its entropy, 1 … tokens.
function spread(row) {
  const sum = row.reduce((total, w) => total + w, 0) || 1;
  return Math.exp(-row.reduce((h, w) => h + (w > 0 ? (w / sum) * Math.log(w / sum) : 0), 0));
}

// ---------------------------------------------------------------- page parts
function create(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

const percent = (w) => `${Math.round(100 * w)}`;

// ---------------------------------------------------------------- the toy
function render({ model, el }) {
  const uid = el.id || `ll-${Math.random().toString(36).slice(2)}`;
  const given = (key, fallback) => model.get(key) ?? fallback;
  const digits = given("digits", []);
  const data = unpack(
    digits.length
      ? {
          digits,
          side: given("side", 28),
          patch: given("patch", 7),
          layers: given("layers", 1),
          heads: given("heads", 1),
        }
      : example(),
  );
  const { cells, tokens, side } = data;
  const within = (value, limit) => Math.max(0, Math.min(limit - 1, Math.round(value)));
  const state = { backwards: false };
  const start = () =>
    Object.assign(state, {
      digit: within(given("digit", 0), data.digits.length),
      layer: within(given("layer", data.layers - 1), data.layers),
      head: within(given("head", -1) + 1, data.heads + 1) - 1,
      token: within(given("token", 0), tokens),
    });
  start();
  const name = (token) =>
    token === 0
      ? "class token"
      : `row ${Math.floor((token - 1) / cells) + 1}, column ${((token - 1) % cells) + 1}`;

  // -------------------------------------------------------------- controls
  const menu = (label, key, entries) => {
    const node = create("select", {
      id: `${uid}-${key}`,
      onchange: () => {
        state[key] = +node.value;
        refresh();
        tell();
      },
    });
    for (const [value, text] of entries) node.append(create("option", { value }, text));
    node.value = state[key];
    const field = create(
      "div",
      { class: "ll-field" },
      create("label", { for: node.id }, label),
      node,
    );
    return { node, field };
  };
  const count = (n) => Array.from({ length: n }, (_, k) => k);
  const title = ({ label, guess }, k) =>
    guess === "" || guess === label
      ? `${k + 1}: ${label}`
      : `${k + 1}: ${label}, read as ${guess}`;
  const picture = menu("Digit", "digit", data.digits.map((d, k) => [k, title(d, k)]));
  const layer = menu("Layer", "layer", count(data.layers).map((k) => [k, `${k + 1} of ${data.layers}`]));
  const directions = [false, true].map((backwards) => {
    const input = create("input", {
      type: "radio",
      name: `${uid}-direction`,
      value: backwards,
      onchange: () => {
        state.backwards = backwards;
        refresh();
        tell();
      },
    });
    input.checked = backwards === state.backwards;
    const words = backwards ? "who looks at it" : "what it looks at";
    return create("label", { class: "ll-choice" }, input, words);
  });

  // -------------------------------------------------------------- the picture
  const canvas = create("canvas", { width: side, height: side, "aria-hidden": "true" });
  const chips = count(tokens).map(() => create("span", { class: "ll-chip" }));
  const buttons = count(tokens).map((token) =>
    create(
      "button",
      {
        type: "button",
        class: token ? "ll-patch" : "ll-patch ll-class-token",
        tabindex: token === state.token ? 0 : -1,
        onpointerenter: (event) => event.pointerType === "mouse" && choose(token, false),
        onfocus: () => choose(token, true),
        onclick: () => choose(token, true),
        onkeydown: (event) => move(event, token),
      },
      token ? null : create("span", {}, "class token"),
      chips[token],
    ),
  );
  const grid = create("div", { class: "ll-patches" }, canvas, ...buttons.slice(1));
  grid.style.setProperty("--ll-cells", cells);
  const heads = count(data.heads + 1).map((k) => {
    const head = k - 1;
    const mini = create("canvas", { width: cells, height: cells, "aria-hidden": "true" });
    const button = create(
      "button",
      {
        type: "button",
        class: "ll-head-choice",
        onclick: () => {
          state.head = head;
          refresh();
          tell();
        },
      },
      mini,
      create("span", {}, head < 0 ? "mean of heads" : `head ${head + 1}`),
    );
    return { head, mini, button };
  });
  const cellsOf = {};
  const readout = create("div", { class: "ll-readout" });
  for (const label of ["Strongest", "Weight", "Spread over"]) {
    cellsOf[label] = create("strong");
    readout.append(create("div", {}, create("span", { class: "ll-name" }, label), cellsOf[label]));
  }
  const news = create("div", { class: "ll-hidden", "aria-live": "polite" });
  const root = create(
    "div",
    { class: "lineart-live ll-attention" },
    create(
      "div",
      { class: "ll-columns ll-even" },
      create(
        "div",
        { role: "group", "aria-label": "The tokens of the picture" },
        buttons[0],
        grid,
        create(
          "p",
          { class: "ll-hint" },
          "Point at a patch or at the class token, or tap it. By keyboard: arrow keys move on. The " +
            "chosen one is framed. Numbers are percent of the attention of the token that looks.",
        ),
      ),
      create(
        "div",
        {},
        picture.field,
        layer.field,
        create(
          "div",
          { class: "ll-choices", role: "radiogroup", "aria-label": "Direction" },
          create("span", { class: "ll-name" }, "Show"),
          ...directions,
        ),
        readout,
        create(
          "div",
          { class: "ll-heads", role: "group", "aria-label": "Heads of the layer" },
          ...heads.map((h) => h.button),
        ),
      ),
    ),
    news,
  );
  el.append(root);

  function choose(token, aloud) {
    if (token === state.token) return;
    state.token = token;
    refresh();
    if (aloud) tell();
  }

  function move(event, token) {
    const [row, column] = token ? [Math.floor((token - 1) / cells), (token - 1) % cells] : [-1, 0];
    const at = (r, c) => 1 + r * cells + c;
    const next = {
      ArrowLeft: () => (row >= 0 && column > 0 ? token - 1 : token),
      ArrowRight: () => (row >= 0 && column < cells - 1 ? token + 1 : token),
      ArrowUp: () => (row > 0 ? at(row - 1, column) : 0),
      ArrowDown: () => (row < cells - 1 ? at(row + 1, column) : token),
      Home: () => 0,
      End: () => tokens - 1,
    }[event.key]?.();
    if (next === undefined) return;
    event.preventDefault();
    buttons[next].focus();
  }

  // -------------------------------------------------------------- drawing
  let colours = {};
  function readColours() {
    const probe = create("span", { hidden: true });
    root.append(probe);
    colours = Object.fromEntries(
      ["ink", "orange"].map((key) => {
        probe.style.color = `var(--ll-${key})`;
        return [key, getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number)];
      }),
    );
    probe.remove();
  }

  // One colour, and its opacity from a value in [0, 1] for each pixel.
  function paint(target, colour, values) {
    const context = target.getContext("2d");
    const pixels = context.createImageData(target.width, target.height);
    values.forEach((v, k) => pixels.data.set([...colour, 255 * v], 4 * k));
    context.putImageData(pixels, 0, 0);
  }

  function refresh() {
    const row = attention(data, state.digit, state);
    const most = Math.max(...row, 1e-9);
    paint(canvas, colours.ink, [...data.digits[state.digit].image].map((v) => (0.8 * v) / 255));
    buttons.forEach((button, token) => {
      const chosen = token === state.token;
      button.tabIndex = chosen ? 0 : -1;
      button.setAttribute("aria-pressed", chosen);
      button.setAttribute(
        "aria-label",
        `${token ? `Patch in ${name(token)}` : "Class token"}: ${percent(row[token])} percent`,
      );
      button.style.setProperty("--ll-share", row[token] / most);
      chips[token].textContent = percent(row[token]);
    });
    for (const { head, mini, button } of heads) {
      const values = attention(data, state.digit, { ...state, head }).slice(1);
      const top = Math.max(...values, 1e-9);
      paint(mini, colours.orange, values.map((v) => v / top));
      button.setAttribute("aria-pressed", head === state.head);
    }
    const strongest = row.indexOf(Math.max(...row));
    cellsOf.Strongest.textContent = name(strongest);
    cellsOf.Weight.textContent = `${percent(row[strongest])} %`;
    cellsOf["Spread over"].textContent = `${spread(row).toFixed(1)} of ${tokens}`;
  }

  function tell() {
    const row = attention(data, state.digit, state);
    const order = count(tokens).sort((a, b) => row[b] - row[a]);
    const best = order.slice(0, 3).map((t) => `${name(t)} ${percent(row[t])} percent`);
    const verb = state.backwards ? "is looked at most by" : "looks most at";
    news.textContent = `${name(state.token)} ${verb} ${best.join("; ")}.`;
  }

  const recolour = () => {
    readColours();
    refresh();
  };
  const theme = new MutationObserver(recolour);
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, {
      attributes: true,
      attributeFilter: ["data-theme", "data-mode", "data-jp-theme-light", "class"],
    });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", recolour);
  const pull = () => {
    start();
    picture.node.value = state.digit;
    layer.node.value = state.layer;
    refresh();
  };
  const watched = ["digit", "layer", "head", "token"];
  for (const key of watched) model.on(`change:${key}`, pull);

  recolour();
  return () => {
    theme.disconnect();
    dark.removeEventListener("change", recolour);
    for (const key of watched) model.off(`change:${key}`, pull);
  };
}

export default { render, decode, unpack, example, attention, spread };

// Elements of the page. An attribute that begins with "on" listens to an event; true sets an empty
// attribute; false, null and undefined set none. Children that are null are left out.
export function html(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes = {}, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// What the ids of a toy begin with: the id of its place, or, in a notebook, chance.
export const uniqueId = (place) => place.id || `ll-${Math.random().toString(36).slice(2)}`;

// Text for screen readers: what is written into it is read aloud.
export const announcer = () => html("div", { class: "ll-hidden", "aria-live": "polite" });

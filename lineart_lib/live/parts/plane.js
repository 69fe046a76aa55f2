// The part [-reach, reach]² of the plane, drawn on side × side pixels, y upwards.
export function plane(reach, side = 0) {
  const keep = (v) => Math.max(-reach, Math.min(reach, v));
  return {
    side,
    keep,
    px(x) {
      return ((x + reach) / (2 * reach)) * this.side;
    },
    py(y) {
      return ((reach - y) / (2 * reach)) * this.side;
    },
    // A place as a path writes it.
    at(x, y) {
      return `${this.px(x).toFixed(1)} ${this.py(y).toFixed(1)}`;
    },
    // Where in the plane a pointer is, within the square.
    under(event, node) {
      const box = node.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * 2 * reach - reach;
      const y = reach - ((event.clientY - box.top) / box.height) * 2 * reach;
      return [keep(x), keep(y)];
    },
  };
}

// The way that an arrow key points, [right, up]; undefined for any other key.
export const arrowWay = (event) =>
  ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] })[event.key];

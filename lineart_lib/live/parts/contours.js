// Where a function is below a level, by marching squares with linear interpolation. `values` holds
// it on the corners of columns × rows cells, line by line; px and py turn a column and a row into
// pixels. Returns two paths: the filled area, and its border.
export function contours(values, columns, rows, level, px, py) {
  const point = (i, j) => `${px(i).toFixed(1)} ${py(j).toFixed(1)}`;
  let area = "";
  let line = "";
  for (let j = 0; j < rows; j++) {
    let from = -1; // Runs of cells that lie wholly below the level become one rectangle.
    for (let i = 0; i <= columns; i++) {
      const corners = i < columns ? cornersOf(values, columns, i, j) : [];
      const below = corners.filter((corner) => corner.value < level).length;
      if (below === 4) {
        if (from < 0) from = i;
        continue;
      }
      if (from >= 0) {
        area += `M${point(from, j)}L${point(i, j)}L${point(i, j + 1)}L${point(from, j + 1)}Z`;
        from = -1;
      }
      if (!below) continue;
      const { ring, cuts } = cutCell(corners, level, point);
      area += `M${ring.join("L")}Z`;
      for (let k = 0; k + 1 < cuts.length; k += 2) line += `M${cuts[k]}L${cuts[k + 1]}`;
    }
  }
  return { area, line };
}

function cornersOf(values, columns, i, j) {
  const places = [
    [i, j],
    [i + 1, j],
    [i + 1, j + 1],
    [i, j + 1],
  ];
  return places.map(([x, y]) => ({ x, y, value: values[y * (columns + 1) + x] }));
}

// The part of a cell that is below the level, and where its sides cross it.
function cutCell(corners, level, point) {
  const [ring, cuts] = [[], []];
  corners.forEach((a, k) => {
    const b = corners[(k + 1) % 4];
    if (a.value < level) ring.push(point(a.x, a.y));
    if (a.value < level === b.value < level) return;
    const t = (level - a.value) / (b.value - a.value);
    const cut = point(a.x + t * (b.x - a.x), a.y + t * (b.y - a.y));
    ring.push(cut);
    cuts.push(cut);
  });
  return { ring, cuts };
}

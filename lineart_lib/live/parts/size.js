// Call back with the width of an element in whole pixels, at once and whenever it changes. Returns
// the function that ends it.
export function onWidth(element, callback) {
  let before = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.round(element.clientWidth);
    if (width === before) return;
    before = width;
    callback(width);
  });
  observer.observe(element);
  return () => observer.disconnect();
}

// A toy's state lives in a model: that of a kernel, or the small one of the page.
// Reads a key, or what stands in for it when it is not set.
export const reader = (model) => (key, fallback) => model.get(key) ?? fallback;

// Call back when somebody else changes one of the keys. `save` writes the toy's own values of them,
// without calling back; `stop` ends it.
export function follow(model, keys, changed) {
  let saving = false;
  const pull = () => {
    if (!saving) changed();
  };
  for (const key of keys) model.on(`change:${key}`, pull);
  return {
    save(values) {
      saving = true;
      for (const [key, value] of Object.entries(values)) {
        model.set(key, Array.isArray(value) ? [...value] : value);
      }
      model.save_changes();
      saving = false;
    },
    stop() {
      for (const key of keys) model.off(`change:${key}`, pull);
    },
  };
}

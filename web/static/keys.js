// Owns the keys of a page: which control has its own use for one, and the overlay that lists them all.
const overlay = document.getElementById("keys");
const WORKING = "a, button, summary"; // what Enter and Space press

/**
 * Calls the action of each key that is pressed; those in `once` don't repeat while they are held.
 * @param {Record<string, () => void>} actions  @param {string[]} once
 */
export function connectKeys(actions, once = []) {
  const all = { ...actions, "?": toggleHelp };
  document.querySelector("[data-help]")?.addEventListener("click", toggleHelp);
  document.addEventListener("keydown", (event) => {
    const key = nameOf(event);
    if (!(key in all) || isTaken(event, key) || (overlay.open && key !== "?")) return;
    event.preventDefault();
    if (!(event.repeat && once.includes(key))) all[key]();
  });
}

/** Returns the name of a key: small letters, and Shift+ before the keys that have one. */
function nameOf({ key, shiftKey }) {
  if (key.length === 1) return key.toLowerCase();
  return shiftKey ? `Shift+${key}` : key;
}

function isTaken(event, key) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target.closest("input:not([type=checkbox]), select, textarea")) return true;
  if (target.closest("[role=slider]")) return key.length > 1;
  if (key === " ") return target.closest(`${WORKING}, input`) !== null;
  return key === "Enter" && target.closest(WORKING) !== null;
}

function toggleHelp() {
  if (overlay.open) overlay.close();
  else overlay.showModal();
}

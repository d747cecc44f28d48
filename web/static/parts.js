// Owns access to a page's parts: elements by data-part, copies of templates, JSON blocks, announcements.

/** Returns the element named by data-part under `root`, null if there is none. */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Writes plain text into a part. */
export function say(root, name, text) {
  const element = part(root, name);
  if (element) element.textContent = text ?? "";
}

/** Returns a copy of the first element of a <template>. */
export function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Returns the value of a JSON block. */
export function read(element) {
  return JSON.parse(element.textContent);
}

/** Has screen readers announce `text`, politely. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Makes an element of `tag` with a class and plain text. */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Returns `action`, delayed until it has not been called for `ms`. */
export function debounce(action, ms) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), ms);
  };
}

/** Returns the class under which a genre has its colour: genre-sci-fi. */
export function genreClass(genre) {
  return `genre-${(genre.toLowerCase().match(/[a-z0-9]+/g) ?? []).join("-")}`;
}

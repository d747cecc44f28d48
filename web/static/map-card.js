// Owns the card beside a point of the map: its trailer as the library shows it, fetched once.
import { rewriteTimes } from "./times.js";

const WAIT_MS = 120; // a pointer that passes over points asks for none of them
const GAP = 14;

/** Returns {show(point, [x, y]), hide()} of the list that holds one card. */
export function connectCard(list, stage) {
  const known = new Map(); // id -> promise of the card
  let [wanted, timer] = [null, 0];

  async function show(point, at) {
    if (wanted === point) return;
    wanted = point;
    clearTimeout(timer);
    await new Promise((resolve) => { timer = setTimeout(resolve, WAIT_MS); });
    if (!known.has(point.id)) known.set(point.id, fetchCard(point));
    const card = await known.get(point.id);
    if (wanted !== point) return;
    list.replaceChildren(card);
    list.hidden = false;
    put(at);
  }

  function hide() {
    clearTimeout(timer);
    wanted = null;
    list.hidden = true;
  }

  /** Puts the card where it covers neither its point nor the border. */
  function put([x, y]) {
    const left = x + GAP + list.offsetWidth < stage.clientWidth ? x + GAP : x - GAP - list.offsetWidth;
    list.style.left = `${Math.max(left, 0)}px`;
    list.style.top = `${Math.max(Math.min(y - list.offsetHeight / 2, stage.clientHeight - list.offsetHeight - 4), 4)}px`;
  }

  return { show, hide };
}

/** Returns the element of a trailer's card; of its title alone where it can't be had. */
async function fetchCard(point) {
  const plain = document.createElement("li");
  plain.textContent = point.title;
  try {
    const response = await fetch(`${trailerAddress(point)}/card`);
    if (!response.ok) return plain;
    const card = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".card");
    card.querySelectorAll("img").forEach((image) => (image.loading = "eager"));
    rewriteTimes(card);
    return card;
  } catch {
    return plain;
  }
}

/** Returns the address of a point's trailer. */
export function trailerAddress({ id }) {
  return `/trailers/${encodeURIComponent(id).replaceAll("%3A", ":")}`;
}

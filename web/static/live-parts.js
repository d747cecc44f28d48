// Owns the parts of a page that keep up: each is fetched again with its page every few seconds while that is in view.
import { rewriteTimes } from "./times.js";

const EVERY_MS = 5000; // between a page that has come and the next request
const shown = new Map(); // name -> what the server said of it last

/** Replaces what is in each [data-live] of the page once it reads otherwise; never what somebody is at. */
export function startLiveParts() {
  setTimeout(async () => {
    if (!document.hidden) await update();
    startLiveParts();
  }, EVERY_MS);
}

async function update() {
  try {
    const response = await fetch(location.href);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    page.querySelectorAll("[data-live]").forEach(show);
  } catch {} // offline: what is there stays, and the next request comes
}

function show(fresh) {
  const { live } = fresh.dataset;
  const place = document.querySelector(`[data-live="${live}"]`);
  const isUsed = place?.contains(document.activeElement) || place?.querySelector("[data-sure]");
  if (!place || isUsed || shown.get(live) === fresh.innerHTML) return;
  shown.set(live, fresh.innerHTML);
  place.replaceChildren(...fresh.childNodes);
  rewriteTimes(place);
}

// Owns the library's list: filters apply when they are chosen, more trailers are appended in place.
import { announce } from "./parts.js";
import { rewriteTimes } from "./times.js";

const form = document.querySelector("[data-filters]");
const cards = document.querySelector("[data-cards]");
const row = document.querySelector("[data-more-row]");

const narrow = matchMedia("(max-width: 520px)");
const fold = form.querySelector("[data-fold]");
fold.addEventListener("click", () => setFolded(!form.classList.contains("folded")));
narrow.addEventListener("change", fit);
fit();

form.addEventListener("change", (event) => {
  if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = [...new FormData(form)].filter(([name, value]) => value !== "" && !(name === "sort" && value === "newest"));
  const query = new URLSearchParams(fields).toString();
  location.assign(query ? `/library?${query}` : "/library");
});
row?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-more]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  append(link);
});

/** Folds the filters on a phone, so that trailers are seen first. */
function fit() {
  fold.hidden = !narrow.matches;
  setFolded(narrow.matches);
}

function setFolded(folded) {
  form.classList.toggle("folded", folded);
  fold.setAttribute("aria-expanded", String(!folded));
}

/** Appends the cards of the next page. */
async function append(link) {
  link.setAttribute("aria-busy", "true");
  link.textContent = "Loading…";
  try {
    const response = await fetch(link.href);
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = [...page.querySelectorAll("[data-cards] > li")];
    cards.append(...fresh);
    rewriteTimes(cards);
    row.replaceChildren(...page.querySelectorAll("[data-more]"));
    fresh[0]?.querySelector("a").focus();
    announce(`${fresh.length} more trailers`);
  } catch {
    location.assign(link.href);
  }
}

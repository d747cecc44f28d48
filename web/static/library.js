// Owns the library's list: filters apply as they are chosen, more trailers are appended in place.
import { announce } from "./parts.js";
import { tell } from "./times.js";

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
  const asked = [...new FormData(form)].filter(([name, value]) => value !== "" && !(name === "sort" && value === "newest"));
  const query = new URLSearchParams(asked).toString();
  location.assign(query ? `/library?${query}` : "/library");
});
row?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-more]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  append(link);
});

/** On a phone the filters are folded away, so that trailers are seen first. */
function fit() {
  fold.hidden = !narrow.matches;
  setFolded(narrow.matches);
}

function setFolded(folded) {
  form.classList.toggle("folded", folded);
  fold.setAttribute("aria-expanded", String(!folded));
}

/** Takes the cards out of the next page, which is the same page further on. */
async function append(link) {
  link.setAttribute("aria-busy", "true");
  link.textContent = "Loading…";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = [...page.querySelectorAll("[data-cards] > li")];
    cards.append(...fresh);
    tell(cards);
    row.replaceChildren(...page.querySelectorAll("[data-more]"));
    fresh[0]?.querySelector("a").focus();
    announce(`${fresh.length} more trailers`);
  } catch {
    location.assign(link.href);
  }
}

// Owns the library's list: the order applies when it is chosen, more trailers are appended in place.
import { announce } from "./parts.js";
import { connectSelection } from "./selection.js";
import { rewriteTimes } from "./times.js";

const form = document.querySelector("[data-search]");
const cards = document.querySelector("[data-cards]");
const row = document.querySelector("[data-more-row]");
const selection = cards && connectSelection(cards);

form.addEventListener("change", (event) => {
  if (event.target.name === "sort") form.requestSubmit();
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

/** Appends the trailers of the next page. */
async function append(link) {
  link.setAttribute("aria-busy", "true");
  link.textContent = "Loading…";
  try {
    const response = await fetch(link.href);
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = [...page.querySelectorAll("[data-cards] > *")];
    cards.append(...fresh);
    rewriteTimes(cards);
    selection.refresh();
    row.replaceChildren(...page.querySelectorAll("[data-more]"));
    fresh[0]?.querySelector("a").focus();
    announce(`${fresh.length} more trailers`);
  } catch {
    location.assign(link.href);
  }
}

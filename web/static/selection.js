// Owns the selection of trailers in the library, by pointer and keys, and what is done with all of them at once.
import { send } from "./api.js";
import { announce, part, say } from "./parts.js";

const MOST = 500; // trailers that an address names
const AT_ONCE = 100;
const SAID = "library-said"; // what was done before the page was loaded again
const DONE = { tags: "changed", run: "submitted", delete: "deleted" };

/** Connects the boxes of `list` with the bar and its dialogs. */
export function connectSelection(list) {
  const bar = document.querySelector("[data-bulk]");
  const n = Number(bar.dataset.n);
  const filters = JSON.parse(bar.dataset.filters);
  const chosen = new Set();
  let all = false;
  let last = null;

  list.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (box) pick(itemOf(box), box.checked, event.shiftKey);
  });
  document.addEventListener("keydown", press);
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    if (!button) return;
    if ("all" in button.dataset) chooseAll();
    if ("clear" in button.dataset) clear();
    if (button.dataset.open) open(button.dataset.open);
  });
  for (const dialog of document.querySelectorAll("dialog[data-action]")) {
    dialog.querySelector("form").addEventListener("submit", (event) => {
      if (event.submitter?.value !== "go") return;
      event.preventDefault();
      act(dialog);
    });
  }
  refresh();
  showSaid(document.querySelector("[data-said]"));

  function itemOf(element) {
    return element.closest("[data-trailer]");
  }

  function items() {
    return [...list.querySelectorAll("[data-trailer]")];
  }

  /** Chooses an item or no longer, with `range` all from the last one on. */
  function pick(item, on, range = false) {
    const every = items();
    const ends = [every.indexOf(range && last ? last : item), every.indexOf(item)].sort((a, b) => a - b);
    if (all && !on) every.forEach((each) => chosen.add(each.dataset.trailer));
    if (!on) all = false;
    for (const each of every.slice(ends[0], ends[1] + 1)) chosen[on ? "add" : "delete"](each.dataset.trailer);
    last = item;
    refresh();
  }

  function chooseAll() {
    all = true;
    refresh();
  }

  function clear() {
    all = false;
    chosen.clear();
    refresh();
  }

  function count() {
    return all ? n : chosen.size;
  }

  /** Shows the selection on the boxes and in the bar. */
  function refresh() {
    for (const item of items()) {
      const on = all || chosen.has(item.dataset.trailer);
      item.classList.toggle("picked", on);
      item.querySelector("[data-pick]").checked = on;
    }
    const had = !bar.hidden;
    bar.hidden = !count();
    document.body.classList.toggle("selecting", !bar.hidden);
    say(bar, "count", `${count().toLocaleString("en")} selected`);
    bar.querySelector("[data-all]").hidden = all || chosen.size >= n;
    for (const link of bar.querySelectorAll("[data-export]")) link.href = `/v1/export/tags?${query()}&format=${link.dataset.export}`;
    if (!bar.hidden || had) announce(`${count()} selected`);
  }

  function query() {
    const fields = all ? Object.entries(filters) : [["trailer_id", [...chosen].slice(0, MOST)]];
    return new URLSearchParams(fields.flatMap(([name, value]) => [value].flat().map((each) => [name, each])));
  }

  /** Handles a key unless a field or a dialog needs it. */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const item = itemOf(event.target);
    const steps = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() };
    const inList = item || event.key === "j" || event.key === "k";
    if (event.key in steps && inList) move(item, steps[event.key]);
    else if (event.key.toLowerCase() === "x" && item) pick(item, !item.classList.contains("picked"), event.shiftKey);
    else if (event.key === "*") chooseAll();
    else if (event.key === "Escape" && count()) clear();
    else if (event.key === "/") document.getElementById("q").focus();
    else return;
    event.preventDefault();
  }

  function columns() {
    const every = items();
    return every.filter((each) => each.offsetTop === every[0].offsetTop).length;
  }

  function move(item, by) {
    const every = items();
    const to = item ? every.indexOf(item) + by : 0;
    every[Math.min(Math.max(to, 0), every.length - 1)].querySelector("a").focus();
  }

  async function open(action) {
    const dialog = document.getElementById(`bulk-${action}`);
    say(dialog, "n", `${count().toLocaleString("en")} trailer${count() === 1 ? "" : "s"}`);
    say(dialog, "progress", "");
    dialog.querySelector("form").reset();
    dialog.showModal();
    if (action !== "delete") return;
    part(dialog, "confirm").hidden = count() < 10;
    say(dialog, "reviewed", "");
    try {
      const { body } = await send("GET", `/v1/library/facets?${query()}`);
      const reviewed = body.reviewed.true ?? 0;
      say(dialog, "reviewed", reviewed ? `${reviewed.toLocaleString("en")} of them ${reviewed === 1 ? "is" : "are"} reviewed.` : "None of them is reviewed.");
    } catch (error) {
      say(dialog, "progress", error.message);
    }
  }

  /** Returns what the dialog asks for beside the trailers; a problem in words where that can't be. */
  function read(dialog) {
    const values = new FormData(dialog.querySelector("form"));
    if (dialog.dataset.action === "run") return { body: { force: Boolean(values.get("force")) } };
    if (dialog.dataset.action === "delete") {
      const is = part(dialog, "confirm").hidden || values.get("confirm").replace(/\D/g, "") === String(count());
      return is ? { body: {} } : { problem: `Write ${count()} to delete that many.` };
    }
    const body = { add: values.getAll("add"), remove: values.getAll("remove") };
    return body.add.length + body.remove.length ? { body } : { problem: "Choose tags to add or to remove." };
  }

  async function act(dialog) {
    const { body, problem } = read(dialog);
    if (problem) return say(dialog, "progress", problem);
    const button = dialog.querySelector("[data-go]");
    button.disabled = true;
    try {
      const result = await sendAll(dialog.dataset.action, body, (done) => say(dialog, "progress", `${done} of ${count()}…`));
      dialog.close();
      leave(dialog.dataset.action, result);
    } catch (error) {
      say(dialog, "progress", error.message);
    } finally {
      button.disabled = false;
    }
    return undefined;
  }

  /** Sends an action for all chosen trailers, some at a time; returns what became of them. */
  async function sendAll(action, body, report) {
    const result = { done: 0, unchanged: 0, refused: [] };
    const ids = [...chosen];
    const parts = all ? [filters] : Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) => ({ trailer_id: ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE) }));
    for (const trailers of parts) {
      let cursor = null;
      do {
        const guard = all && !cursor ? { n } : {};
        const answer = await send("POST", `/v1/library/${action}`, { body: { ...body, ...guard, trailers: typed(trailers), ...(cursor ? { cursor } : {}) } });
        result.done += answer.body.done;
        result.unchanged += answer.body.unchanged;
        result.refused.push(...answer.body.refused);
        cursor = answer.body.next;
        report(result.done + result.unchanged + result.refused.length);
      } while (cursor);
    }
    return result;
  }

  /** Says what was done, on the page as it is now. */
  function leave(action, result) {
    const parts = [`${result.done.toLocaleString("en")} ${DONE[action]}`];
    if (result.unchanged) parts.push(`${result.unchanged.toLocaleString("en")} as they should be`);
    if (result.refused.length) parts.push(`${result.refused.length} not: ${result.refused[0].trailer_id}: ${result.refused[0].message}`);
    sessionStorage.setItem(SAID, parts.join(", "));
    location.reload();
  }

  return { refresh };
}

/** Returns the filters of an address as JSON has them. */
function typed(filters) {
  const flags = ["disagree", "reviewed"].filter((name) => name in filters);
  return { ...filters, ...Object.fromEntries(flags.map((name) => [name, Boolean(Number(filters[name]))])) };
}

function showSaid(place) {
  const text = sessionStorage.getItem(SAID);
  if (!text) return;
  sessionStorage.removeItem(SAID);
  place.textContent = text;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 8000);
}

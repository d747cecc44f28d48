// Owns the audit page: findings selected by keys or pointer, and decided on together.
import { send } from "./api.js";
import { showFailure } from "./failure.js";
import { connectKeys } from "./keys.js";
import { announce, part, say } from "./parts.js";
import { lastDone, rememberDone } from "./trail.js";
import { takeBack } from "./undo-review.js";

const root = document.querySelector("[data-audit]");
const rows = part(root, "rows");
const all = part(root, "all");
const buttons = [...root.querySelectorAll("[data-decide]")];
const KEPT = ["reviewed", "unchanged"];
const DONE = { accept: "accepted", dismiss: "dismissed" };
const DONE_HERE = "audit done";

connectKeys({
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  x: toggleCurrent, " ": toggleCurrent, "*": toggleAll, a: () => decide("accept"), d: () => decide("dismiss"), u: undo,
}, ["x", "*", "a", "d", "u"]);
rows.addEventListener("focusin", (event) => choose(event.target.closest(".finding")));
root.addEventListener("change", show);
all.addEventListener("change", () => pick(all.checked));
for (const button of buttons) button.addEventListener("click", () => decide(button.dataset.decide));
part(root, "undo").addEventListener("click", undo);
choose(rows.firstElementChild);
show();

function current() {
  return rows.querySelector(".current");
}

function choose(row) {
  if (!row || row === current()) return;
  current()?.classList.remove("current");
  row.classList.add("current");
}

function move(by) {
  const found = [...rows.children];
  const row = found[Math.min(Math.max(found.indexOf(current()) + by, 0), found.length - 1)];
  box(row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function box(row) {
  return row.querySelector("[data-pick]");
}

function selected() {
  return [...rows.children].filter((row) => box(row).checked);
}

function toggleCurrent() {
  if (!current()) return;
  box(current()).checked = !box(current()).checked;
  show();
}

function toggleAll() {
  pick(selected().length < rows.children.length);
}

function pick(checked) {
  for (const row of rows.children) box(row).checked = checked;
  show();
}

/** Shows how many are selected, and whether they can be decided on. */
function show() {
  const n = selected().length;
  all.checked = n > 0 && n === rows.children.length;
  all.indeterminate = n > 0 && n < rows.children.length;
  for (const button of buttons) button.disabled = n === 0;
  part(root, "undo").hidden = !lastDone(DONE_HERE);
  say(root, "count", n ? `${n} selected` : lastDone(DONE_HERE)?.text ?? "None selected");
}

async function decide(decision) {
  const chosen = selected();
  if (!chosen.length || root.ariaBusy === "true") return;
  root.ariaBusy = "true";
  for (const button of buttons) button.disabled = true;
  try {
    const decisions = chosen.map((row) => ({ ...JSON.parse(row.dataset.finding), decision }));
    const { body } = await send("POST", "/v1/audit/decisions", { body: { decisions } });
    showFailure(root.querySelector("[data-notice]"), null);
    finish(chosen, body.results, decision);
  } catch (error) {
    showFailure(root.querySelector("[data-notice]"), error);
  }
  root.ariaBusy = "false";
  show();
}

/** Takes away the rows that were decided on, and says of the others why they could not be. */
function finish(chosen, results, decision) {
  const after = chosen.at(-1).nextElementSibling;
  const reviews = results.filter(({ review_id: made }) => made).map((made) => [made.trailer_id, made.review_id]);
  let n = 0;
  for (const [place, row] of chosen.entries()) {
    const { status, message } = results[place];
    if (KEPT.includes(status)) {
      row.remove();
      n += 1;
    } else {
      say(row, "problem", message);
      part(row, "problem").hidden = false;
    }
  }
  rememberDone(reviews.length ? { reviews, text: `${n} ${DONE[decision]}` } : null, DONE_HERE);
  announce(`${n} ${DONE[decision]}.`);
  if (!rows.children.length) location.reload();
  else choose(current() ?? (after?.isConnected ? after : rows.lastElementChild));
}

/** Takes back the reviews that were made last, and shows their findings again. */
async function undo() {
  const done = lastDone(DONE_HERE);
  if (!done || root.ariaBusy === "true") return;
  root.ariaBusy = "true";
  try {
    for (const [trailerId, reviewId] of done.reviews) await takeBack(trailerId, reviewId);
    rememberDone(null, DONE_HERE);
    location.reload();
  } catch (error) {
    root.ariaBusy = "false";
    showFailure(root.querySelector("[data-notice]"), error);
  }
}

// Owns the review page: genres chosen by keys or pointer, decisions, saving, and the next trailer.
import { send } from "./api.js";
import { Decisions } from "./decisions.js";
import { showFailure } from "./failure.js";
import { announce, copy, part, say } from "./parts.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { connectUndo } from "./undo-review.js";

const root = document.querySelector("[data-review]");
const rows = part(root, "rows");
const board = root.querySelector("[data-timeline]");
const player = new Player(null, board?.dataset.watch);
const timeline = board ? new Timeline(board, (second) => player.playFrom(second)) : null;
const decisions = new Decisions(showDecision);
const added = new Set();
const WORDS = { accept: "accepted", reject: "rejected", add: "added" };
const KEYS = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  a: () => decideCurrent("accept"), r: () => decideCurrent("reject"), u: undo,
  n: save, Enter: save, s: () => part(root, "skip").click(), "?": toggleKeys,
};

connectUndo();
choose(rows.firstElementChild, false);
document.addEventListener("keydown", press);
root.addEventListener("click", click);
part(root, "save").addEventListener("click", save);
part(root, "undo").addEventListener("click", undo);
part(root, "add-button").addEventListener("click", add);

/** Handles a key unless another control needs it. */
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  if (event.target.closest("input, select, textarea, [role=slider]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  event.preventDefault();
  KEYS[event.key]();
}

function click(event) {
  const frame = event.target.closest("[data-second]");
  if (frame) timeline?.goTo(Number(frame.dataset.second), frame.dataset.genre);
  if (event.target.closest("[data-help]")) toggleKeys();
  const row = event.target.closest(".decision");
  if (row) choose(row, false);
  const button = event.target.closest("[data-decide]");
  if (button) decide(row, button.dataset.decide);
}

function current() {
  return rows.querySelector(".current");
}

function choose(row, focus = true) {
  if (!row) return;
  current()?.classList.remove("current");
  row.classList.add("current");
  if (focus) row.focus();
}

function move(by) {
  const all = [...rows.children];
  choose(all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)]);
}

function decideCurrent(decision) {
  if (current()) decide(current(), decision);
}

function decide(row, decision) {
  const accepted = added.has(row.dataset.genre) && decision === "accept" ? "add" : decision;
  decisions.decide(row.dataset.genre, accepted);
}

function undo() {
  const genre = decisions.undo();
  if (genre) choose(findRow(genre));
}

function findRow(genre) {
  return [...rows.children].find((row) => row.dataset.genre === genre);
}

/** Shows a decision on its row and in the count; removes an added row when its decision is undone. */
function showDecision(genre, decision) {
  const row = findRow(genre);
  for (const button of row?.querySelectorAll("[data-decide]") ?? []) {
    const pressed = button.dataset.decide === "accept" ? ["accept", "add"] : ["reject"];
    button.setAttribute("aria-pressed", String(pressed.includes(decision)));
  }
  if (added.has(genre) && decision !== "add") {
    added.delete(genre);
    choose(row.previousElementSibling ?? row.nextElementSibling, false);
    row.remove();
  }
  part(root, "undo").disabled = !decisions.undoable;
  const n = decisions.size;
  say(root, "count", n ? `${n} decided; last: ${genre} ${WORDS[decision] ?? "left open"}` : "Nothing decided yet");
}

function add() {
  const genre = part(root, "add").value;
  if (!genre) return;
  const there = findRow(genre);
  if (there) {
    choose(there);
    return;
  }
  const row = copy("decision");
  row.dataset.genre = genre;
  say(row, "genre", genre);
  say(row, "tag", "added by you");
  part(row, "choices").setAttribute("aria-label", genre);
  say(row, "unscored", "");
  rows.append(row);
  added.add(genre);
  decisions.decide(genre, "add");
  choose(row);
}

async function save() {
  const button = part(root, "save");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const body = { decisions: decisions.toBody() };
    const note = part(root, "note").value.trim();
    if (note) body.note = note;
    await send("POST", `/v1/trailers/${encodeURIComponent(root.dataset.review)}/review`, { body });
    announce("Saved.");
    location.assign(root.dataset.next);
  } catch (error) {
    showFailure(document.querySelector("[data-notice]"), error);
    button.disabled = false;
  }
}

function toggleKeys() {
  const keys = document.getElementById("keys");
  keys.hidden = !keys.hidden;
  root.querySelector("[data-help]").setAttribute("aria-expanded", String(!keys.hidden));
}

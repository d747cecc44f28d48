// Owns the review page: words chosen by keys or pointer, decisions, saving, skipping, and the next trailer.
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
  n: save, Enter: save, s: skip, "?": toggleKeys,
};

connectUndo();
choose(rows.firstElementChild, false);
document.addEventListener("keydown", press);
root.addEventListener("click", click);
part(root, "save").addEventListener("click", save);
part(root, "skip").addEventListener("click", skip);
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
  const accepted = added.has(row.dataset.word) && decision === "accept" ? "add" : decision;
  decisions.decide(row.dataset.word, accepted);
}

function undo() {
  const word = decisions.undo();
  if (word) choose(findRow(word));
}

function findRow(word) {
  return [...rows.children].find((row) => row.dataset.word === word);
}

/** Shows a decision on its row and in the count; removes an added row when its decision is undone. */
function showDecision(word, decision) {
  const row = findRow(word);
  for (const button of row?.querySelectorAll("[data-decide]") ?? []) {
    const pressed = button.dataset.decide === "accept" ? ["accept", "add"] : ["reject"];
    button.setAttribute("aria-pressed", String(pressed.includes(decision)));
  }
  if (added.has(word) && decision !== "add") {
    added.delete(word);
    choose(row.previousElementSibling ?? row.nextElementSibling, false);
    row.remove();
  }
  part(root, "undo").disabled = !decisions.undoable;
  const n = decisions.size;
  say(root, "count", n ? `${n} decided; last: ${word} ${WORDS[decision] ?? "left open"}` : "Nothing decided yet");
}

function add() {
  const [option] = part(root, "add").selectedOptions;
  const word = option.value;
  if (!word) return;
  const there = findRow(word);
  if (there) {
    choose(there);
    return;
  }
  const row = copy("decision");
  row.dataset.word = word;
  row.dataset.genres = option.dataset.genres;
  say(row, "word", word);
  say(row, "tag", "added by you");
  const means = genresOf(row).join(", ");
  say(row, "means", means === word ? "" : means);
  part(row, "choices").setAttribute("aria-label", word);
  rows.append(row);
  added.add(word);
  decisions.decide(word, "add");
  choose(row);
}

function genresOf(row) {
  return JSON.parse(row.dataset.genres);
}

/** Returns {genre: decision} of all genres of the words decided on; one that a word still says is not rejected. */
function toBody() {
  const all = [...rows.children].map((row) => [row, decisions.get(row.dataset.word)]);
  const stays = all.filter(([row, decision]) => decision ? decision !== "reject" : "tagged" in row.dataset);
  const said = new Set(stays.flatMap(([row]) => genresOf(row)));
  const pairs = all.flatMap(([row, decision]) => genresOf(row).map((genre) => [genre, decision]));
  return Object.fromEntries(pairs.filter(([genre, decision]) => decision && !(decision === "reject" && said.has(genre))));
}

function save() {
  const body = { decisions: toBody() };
  const note = part(root, "note").value.trim();
  if (note) body.note = note;
  return goOn(part(root, "save"), "review", { body });
}

function skip() {
  return goOn(part(root, "skip"), "review/skip");
}

/** Sends what a button says about the trailer, and shows the next one. */
async function goOn(button, path, options) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    await send("POST", `/v1/trailers/${encodeURIComponent(root.dataset.review)}/${path}`, options);
    announce(path === "review" ? "Saved." : "Skipped.");
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

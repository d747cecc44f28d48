// Connects a trailer's screen, timeline and reasons: a second chosen in one is shown in all, and stands in the address.
import { Player } from "./player.js";
import { Screen } from "./screen.js";
import { Timeline } from "./timeline.js";
import { connectUndo } from "./undo-review.js";

const WRITE_MS = 250; // browsers refuse addresses that change too often
const stage = document.querySelector("[data-screen]");
const board = document.querySelector("[data-timeline]");
const picture = stage.querySelector("[data-embed]");
const screen = new Screen(stage);
const player = new Player(picture, board?.dataset.watch);
const timeline = board ? new Timeline(board, (second) => player.playFrom(second), { show, choose }) : null;
let chosen = 0;
let writing = 0;

connectUndo();
timeline?.goTo(secondOf(location.hash) ?? Number(stage.dataset.second));
addEventListener("hashchange", () => timeline?.goTo(secondOf(location.hash) ?? chosen));
document.addEventListener("click", click);
document.addEventListener("keydown", press);

/** Returns the second of #t=31 or #t=1m5s, null if it names none. */
function secondOf(hash) {
  const found = /^#t=(?:(\d{1,3})m)?(\d{1,5})s?$/.exec(hash);
  return found ? Number(found[1] ?? 0) * 60 + Number(found[2]) : null;
}

function show(second, says, mark) {
  screen.show(second, says, mark);
}

/** Takes a second as the one that the page is about. */
function choose(second, byUser) {
  chosen = player.second = second;
  if (!byUser) return;
  if (player.frame) player.playFrom(second);
  clearTimeout(writing);
  writing = setTimeout(() => history.replaceState(null, "", `#t=${second}`), WRITE_MS);
}

function click({ target }) {
  const button = target.closest("[data-second]");
  if (!button || button === stage || !timeline) return;
  timeline.choose(Number(button.dataset.second), button.dataset.genre);
  if (stage.getBoundingClientRect().top < 0) stage.scrollIntoView({ block: "start" });
}

/** Handles the arrows and the space bar wherever no control needs them. */
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { target, key } = event;
  if (target.closest("input, select, textarea, [contenteditable]")) return;
  if (key === " " && picture && !target.closest("a, button, summary")) player.toggle(chosen);
  else if (["ArrowLeft", "ArrowRight"].includes(key) && timeline && !target.closest("[role=slider], [tabindex='0']")) {
    timeline.choose(chosen + (key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
  } else return;
  event.preventDefault();
}

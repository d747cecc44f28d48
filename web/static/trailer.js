// Connects a trailer's timeline, player and evidence: a second chosen in one is shown in the others.
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { connectUndo } from "./undo-review.js";

const root = document.querySelector("[data-timeline]");
const player = new Player(document.querySelector("[data-player]"), root?.dataset.watch);
const timeline = root ? new Timeline(root, (second) => player.playFrom(second)) : null;

connectUndo();
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-second]");
  if (!button) return;
  const second = Number(button.dataset.second);
  timeline?.goTo(second, button.dataset.genre);
  if (player.frame) player.playFrom(second);
  else root?.scrollIntoView({ block: "center" });
});

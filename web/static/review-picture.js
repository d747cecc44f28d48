// Owns what is seen of a trailer beside the decisions on it: the picture, its strip, and why the verdict says a word.
import { part, say } from "./parts.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { genresOf } from "./word-list.js";

/** Connects the picture with its strip and its evidence; returns what shows why the verdict says the word of a row. */
export function connectPicture(root) {
  const board = root.querySelector("[data-timeline]");
  const player = new Player(root.querySelector("[data-player]"), board?.dataset.watch);
  const timeline = board ? new Timeline(board, (second) => player.playFrom(second)) : null;
  part(root, "strip")?.classList.add("ready");
  root.addEventListener("click", ({ target }) => {
    const { second, genre } = target.closest("[data-second]")?.dataset ?? {};
    if (second === undefined) return;
    timeline?.goTo(Number(second), genre);
    if (player.frame) player.playFrom(Number(second));
  });
  return (row) => {
    const genres = genresOf(row);
    timeline?.showOnly(genres);
    showReasons(root, row.dataset.word, genres);
  };
}

function showReasons(root, word, genres) {
  const reasons = [...root.querySelectorAll("[data-why]")];
  for (const reason of reasons) reason.hidden = !genres.includes(reason.dataset.why);
  say(root, "why-word", word);
  const nothing = part(root, "why-nothing");
  if (nothing) nothing.hidden = reasons.some((reason) => !reason.hidden);
}

// Owns what is seen of a trailer beside the decisions on it: its picture, its strip, and why the verdict says a word.
import { part, say } from "./parts.js";
import { Player } from "./player.js";
import { Screen } from "./screen.js";
import { Timeline } from "./timeline.js";
import { genresOf } from "./word-list.js";

export class ReviewPicture {
  keys = {};

  constructor(root) {
    this.root = root;
    const stage = root.querySelector("[data-screen]");
    const screen = new Screen(stage);
    const board = root.querySelector("[data-timeline]");
    this.player = new Player(stage.querySelector("[data-embed]"), board?.dataset.watch);
    if (board) this.#connect(board, screen, Number(stage.dataset.second));
  }

  /** Shows why the verdict says the word of a row: its strips, its strongest second unless it plays, and its reasons. */
  show(row) {
    const genres = genresOf(row);
    const reasons = [...this.root.querySelectorAll("[data-why]")];
    for (const reason of reasons) reason.hidden = !genres.includes(reason.dataset.why);
    const shown = reasons.filter((reason) => !reason.hidden);
    say(this.root, "why-word", row.dataset.word);
    const nothing = part(this.root, "why-nothing");
    if (nothing) nothing.hidden = shown.length > 0;
    this.timeline?.showOnly(genres);
    const best = shown.map((reason) => reason.querySelector("[data-second]")).find(Boolean);
    if (best && !this.player.frame) this.timeline?.goTo(Number(best.dataset.second), best.dataset.genre);
  }

  #connect(board, screen, second) {
    const told = { show: (...says) => screen.show(...says), choose: (at, byUser) => this.#choose(at, byUser) };
    this.timeline = new Timeline(board, (at) => this.player.playFrom(at), told);
    part(this.root, "board").classList.add("ready");
    this.timeline.goTo(second);
    this.root.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-second]");
      if (button) this.timeline.choose(Number(button.dataset.second), button.dataset.genre);
    });
    const step = (by) => this.timeline.choose(this.second + by);
    this.keys = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), "Shift+ArrowLeft": () => step(-10), "Shift+ArrowRight": () => step(10) };
    if (this.player.root) this.keys[" "] = () => this.player.toggle(this.second);
  }

  #choose(second, byUser) {
    this.second = this.player.second = second;
    if (byUser && this.player.frame) this.player.playFrom(second);
  }
}

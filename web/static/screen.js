// Owns the screen: the picture of one second, large, or the player of a link.
import { showFrame } from "./frames.js";
import { part, read, say } from "./parts.js";
import { clock } from "./times.js";

const REST_MS = 80; // on a second, before its large picture is fetched

export class Screen {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.frame = root.querySelector(".frame");
    this.still = part(root, "still");
    this.strip = this.frame ? read(part(root, "strip")) : null;
    this.still?.addEventListener("load", () => (this.still.hidden = false));
    this.#fetch(Number(root.dataset.second));
  }

  /** Shows a second, with what the timeline says of it and the kind of mark it has, if any. */
  show(second, says, mark) {
    say(this.root, "second", clock(second));
    say(this.root, "says", says);
    const note = part(this.root, "mark");
    if (note) {
      note.hidden = !mark;
      note.textContent = mark ? `${mark}: does not count` : "";
    }
    if (!this.frame) return;
    showFrame(this.frame, this.strip, second);
    this.frame.setAttribute("aria-label", `The trailer at ${clock(second)}`);
    this.#fetch(second);
  }

  #fetch(second) {
    if (!this.still || second === this.fetched) return;
    this.still.hidden = true;
    this.fetched = second;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.still.src = this.still.dataset.address.replace("{}", second)), REST_MS);
  }
}

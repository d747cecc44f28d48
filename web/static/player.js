// Owns the player: nothing from a third party is loaded before it is asked for; then it goes to a second, and pauses.
import { part } from "./parts.js";

export class Player {
  /** @param {HTMLElement|null} root  @param {string|undefined} watch the video's page, {} for the second, where there is no player */
  constructor(root, watch) {
    this.root = root;
    this.watch = watch;
    this.frame = null;
    this.playing = false;
    if (root) part(root, "load").addEventListener("click", () => this.playFrom(this.second ?? 0));
  }

  /** Plays from a second: in the player, which is loaded first, else on the video's page in a new tab. */
  playFrom(second) {
    if (this.frame) this.#send(this.seek, second);
    else if (this.root) this.#load(second);
    else if (this.watch) open(this.watch.replace("{}", second), "_blank", "noopener");
    this.playing = true;
  }

  /** Pauses, or plays from a second. */
  toggle(second) {
    if (!this.frame || !this.playing) return this.playFrom(second);
    this.#send([this.root.dataset.pause], second);
    this.playing = false;
    return undefined;
  }

  #load(second) {
    const { embed, start, seek } = this.root.dataset;
    const address = `${embed}${embed.includes("?") ? "&" : "?"}autoplay=1${start.replace("{}", second)}`;
    this.frame = document.createElement("iframe");
    Object.assign(this.frame, { src: address, title: "Trailer", allow: "autoplay; fullscreen; encrypted-media" });
    this.frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube refuses players without a referrer
    this.seek = JSON.parse(seek);
    this.root.replaceChildren(this.frame);
  }

  #send(messages, second) {
    const { origin } = new URL(this.frame.src);
    for (const message of messages) this.frame.contentWindow.postMessage(message.replace("{}", second), origin);
  }
}

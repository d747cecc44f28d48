// Owns the player: nothing from a third party is loaded before a click; afterwards it can be sent to a second.
import { part } from "./parts.js";

export class Player {
  /** @param {HTMLElement|null} root  @param {string|undefined} watch the video's page, {} for the second, where no player is loaded */
  constructor(root, watch) {
    this.root = root;
    this.watch = watch;
    this.frame = null;
    if (root) part(root, "load").addEventListener("click", () => this.#load());
  }

  /** Plays from a second: here if the player is loaded, else on the video's page in a new tab. */
  playFrom(second) {
    if (this.frame) this.#send(second);
    else if (this.watch) open(this.watch.replace("{}", second), "_blank", "noopener");
  }

  #load() {
    const address = new URL(this.root.dataset.embed);
    address.searchParams.set("autoplay", "1");
    this.frame = document.createElement("iframe");
    Object.assign(this.frame, { src: address.href, title: "Trailer", allow: "autoplay; fullscreen; encrypted-media" });
    this.frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube refuses players without a referrer
    this.seek = JSON.parse(this.root.dataset.seek);
    this.root.replaceChildren(this.frame);
    this.frame.focus();
  }

  #send(second) {
    const { origin } = new URL(this.frame.src);
    for (const message of this.seek) this.frame.contentWindow.postMessage(message.replace("{}", second), origin);
  }
}

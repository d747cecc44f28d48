// Owns the player: nothing of a third party is loaded before it is clicked; then it can be sent to a second.
import { part } from "./parts.js";

export class Player {
  /** @param {HTMLElement|null} root  @param {string|undefined} watch the video's page, for where no player is loaded */
  constructor(root, watch) {
    this.root = root;
    this.watch = watch;
    this.frame = null;
    if (root) part(root, "load").addEventListener("click", () => this.#load());
  }

  /** Plays from a second: here if the player is loaded, else on the video's page in a new tab. */
  playFrom(second) {
    if (this.frame) this.#send(second);
    else if (this.watch) open(this.#addressAt(second), "_blank", "noopener");
  }

  #load() {
    const { embed, site } = this.root.dataset;
    const address = new URL(embed);
    address.searchParams.set("autoplay", "1");
    if (site === "youtube") address.searchParams.set("enablejsapi", "1");
    this.frame = document.createElement("iframe");
    Object.assign(this.frame, { src: address.href, title: "Trailer", allow: "autoplay; fullscreen; encrypted-media" });
    this.frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube refuses players without a referrer
    this.root.replaceChildren(this.frame);
    this.frame.focus();
  }

  #send(second) {
    const vimeo = this.root.dataset.site === "vimeo";
    const wishes = vimeo
      ? [{ method: "setCurrentTime", value: second }, { method: "play" }]
      : [{ event: "command", func: "seekTo", args: [second, true] }, { event: "command", func: "playVideo", args: [] }];
    for (const wish of wishes) this.frame.contentWindow.postMessage(JSON.stringify(wish), new URL(this.frame.src).origin);
  }

  #addressAt(second) {
    const address = new URL(this.watch);
    if (this.root?.dataset.site === "vimeo") address.hash = `t=${second}s`;
    else address.searchParams.set("t", String(second));
    return address.href;
  }
}

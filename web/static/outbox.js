// Owns what a reviewer has said until the service has it: kept in this browser, sent again while it can't be reached.
import { send } from "./api.js";

const PATIENCE_MS = 15_000; // for one response
const WAITS_S = [1, 2, 4, 8, 15]; // before it is sent again, the last one from then on
const SIGNED_OUT = 401; // the sign-in follows, and then the same page again

export class Outbox {
  #waits = new Set();

  /**
   * @param {string} owner the reviewer; others who use this browser have their own
   * @param {(seconds: number, error: Error) => void} onWait called when something waits to be sent again
   */
  constructor(owner, onWait) {
    this.key = `reviews of ${owner}`;
    this.onWait = onWait;
    window.addEventListener("online", () => this.sendNow());
  }

  /** Returns what is kept of a trailer: {ticked, note, title}, and {path, body} if it is on its way. */
  get(trailerId) {
    return this.#read()[trailerId];
  }

  /** Returns all that is on its way, as [trailerId, entry]. */
  get onItsWay() {
    return Object.entries(this.#read()).filter(([, entry]) => entry.path);
  }

  /** Keeps an entry of a trailer; null forgets it. */
  keep(trailerId, entry) {
    const all = this.#read();
    if (entry) all[trailerId] = entry;
    else delete all[trailerId];
    try {
      localStorage.setItem(this.key, JSON.stringify(all));
    } catch { /* not kept, but this page still sends it */ }
  }

  /** Keeps an entry until the service has it, and returns the response; throws the ApiError of one that is refused. */
  async deliver(trailerId, entry) {
    this.keep(trailerId, entry);
    try {
      const response = await this.post(`/v1/trailers/${encodeURIComponent(trailerId)}/${entry.path}`, entry.body);
      this.keep(trailerId, null);
      return response;
    } catch (error) {
      if (error.status !== SIGNED_OUT) this.keep(trailerId, { ...entry, path: undefined, body: undefined });
      throw error;
    }
  }

  /** Sends something again and again while it fails, and returns the response; throws the ApiError of what is refused. */
  async post(path, body) {
    for (let n = 0; ; n += 1) {
      try {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        return (await send("POST", path, { body, signal })).body;
      } catch (error) {
        if (error.status && error.status !== 429 && error.status < 500) throw error;
        await this.#wait(WAITS_S[Math.min(n, WAITS_S.length - 1)], error);
      }
    }
  }

  /** Sends what waits again at once. */
  sendNow() {
    for (const end of this.#waits) end();
  }

  #wait(seconds, error) {
    this.onWait(seconds, error);
    return new Promise((resolve) => {
      this.#waits.add(resolve);
      setTimeout(resolve, seconds * 1000);
    }).finally(() => this.#waits.clear());
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }
}

// Owns the timeline: painting, the current second, keys, zoom, and what is played.
import { showFrame } from "./frames.js";
import { paintColors, paintScale, paintScores } from "./heat.js";
import { make, part, read, say } from "./parts.js";
import { clock } from "./times.js";

const MAX_ZOOM = 16;
const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const TICK_PIXELS = 56;

export class Timeline {
  /**
   * @param {HTMLElement} root  @param {(second: number) => void} play called on Enter, and on click without a screen
   * @param {{show: Function, choose: Function}|null} screen that shows each second, and is told the one that is chosen;
   * without one a small picture is shown above the strip
   */
  constructor(root, play, screen = null) {
    this.root = root;
    this.play = play;
    this.screen = screen;
    this.chosen = 0;
    this.data = read(part(root, "data"));
    this.n = Number(root.dataset.seconds);
    this.second = 0;
    this.row = 0;
    this.zoom = 1;
    this.tracks = part(root, "tracks");
    this.scroll = part(root, "scroll");
    this.heats = [...root.querySelectorAll("[data-heat]")];
    this.names = [...root.querySelectorAll(".name-heat")];
    this.#paint();
    this.#listen();
    part(root, "tools").hidden = false;
    this.#say();
    new ResizeObserver(() => this.#drawTicks()).observe(this.scroll);
  }

  /** Goes to a second, of a genre if one is named, and brings it into view. */
  goTo(second, genre) {
    const row = this.data.genres.findIndex((one) => one.genre === genre);
    if (row >= 0) this.row = row;
    this.#choose(second, false);
    this.#reveal();
    this.#peek();
  }

  /** Does the same for a user, who wants that second to stay. */
  choose(second, genre) {
    this.goTo(second, genre);
    this.screen?.choose(this.second, true);
  }

  /** Shows the strips of these genres alone; the first of them is the current one. */
  showOnly(genres) {
    const found = this.data.genres.map(({ genre }) => genres.includes(genre));
    found.forEach((shown, row) => (this.heats[row].hidden = this.names[row].hidden = !shown));
    this.row = Math.max(found.indexOf(true), 0);
    this.#say();
  }

  #choose(second, byUser) {
    this.#point(second);
    this.chosen = this.second;
    this.screen?.choose(this.second, byUser);
  }

  #paint() {
    const barcode = part(this.root, "barcode");
    if (barcode && this.data.strip) paintColors(barcode, this.data.strip.colors);
    this.heats.forEach((heat, row) => paintScores(heat.querySelector("canvas"), this.data.genres[row]));
    paintScale(part(this.root, "scale"));
  }

  #listen() {
    const { tracks } = this;
    tracks.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.#hover(event));
    tracks.addEventListener("pointerleave", () => this.#leave());
    tracks.addEventListener("blur", () => this.#hidePeek());
    tracks.addEventListener("focus", () => tracks.matches(":focus-visible") && this.#peek());
    this.scroll.addEventListener("scroll", () => this.peeking && this.#peek());
    tracks.addEventListener("click", (event) => this.#click(event));
    if (this.screen) tracks.addEventListener("dblclick", () => this.play(this.second));
    tracks.addEventListener("keydown", (event) => this.#press(event));
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.#zoomBy(button.dataset.zoom));
    }
  }

  #hover(event) {
    const { left, width } = this.tracks.getBoundingClientRect();
    const row = this.heats.indexOf(event.target.closest("[data-heat]"));
    if (row >= 0) this.row = row;
    this.#point(((event.clientX - left) / width) * this.n);
    this.#peek();
  }

  /** Chooses the second on a screen; without one a mouse plays at once, and a finger on a second tap in the same place. */
  #click(event) {
    const before = this.peeking ? this.second : -1;
    this.#hover(event);
    const nearby = Math.abs(before - this.second) <= (24 / this.tracks.clientWidth) * this.n;
    if (this.screen) this.#choose(this.second, true);
    else if (event.pointerType === "mouse" || nearby) this.play(this.second);
  }

  /** Goes back to the second that was chosen before the pointer came. */
  #leave() {
    this.#hidePeek();
    if (this.screen && this.second !== this.chosen) this.#point(this.chosen);
  }

  #press(event) {
    const step = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: -step, ArrowRight: step, PageDown: -10, PageUp: 10, Home: -this.n, End: this.n };
    if (event.key in moves) this.#choose(this.second + moves[event.key], true);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.#moveRow(event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Enter") this.play(this.second);
    else if (event.key === "Escape") return this.#hidePeek();
    else return undefined;
    event.preventDefault();
    this.#reveal();
    this.#peek();
    return undefined;
  }

  #moveRow(by) {
    this.row = Math.min(Math.max(this.row + by, 0), Math.max(this.data.genres.length - 1, 0));
    this.#say();
  }

  #point(second) {
    this.second = Math.min(Math.max(Math.floor(second), 0), this.n - 1);
    const playhead = part(this.root, "playhead");
    playhead.hidden = false;
    playhead.style.left = `${((this.second + 0.5) / this.n) * 100}%`;
    this.#say();
  }

  #say() {
    const { second, row } = this;
    const all = this.data.genres.map(({ genre, scores }) => `${genre} ${(scores[second] ?? 0).toFixed(2)}`);
    this.tracks.setAttribute("aria-valuenow", String(second));
    const first = all[row];
    const texts = all.filter((_, place) => place !== row && !this.heats[place].hidden);
    const mark = this.data.left_out.find(({ start_s, end_s }) => start_s <= second && second < end_s);
    this.screen?.show(second, [first, ...texts].filter(Boolean).join(" · "), mark?.kind);
    this.#showAll();
    if (mark) texts.unshift(`${mark.kind}, does not count`);
    this.tracks.setAttribute("aria-valuetext", [clock(second), first, ...texts.slice(0, 2)].filter(Boolean).join(", "));
    this.names.forEach((name, place) => name.classList.toggle("active", place === row));
    part(this.root, "now")?.replaceChildren(make("b", "", clock(second)), ` ${[first, ...texts].filter(Boolean).join(" · ")}`);
  }

  /** Shows the scores of all genres at the current second. */
  #showAll() {
    say(this.root, "at-second", clock(this.second));
    this.data.all.forEach(({ threshold, scores }, place) => {
      const score = scores[this.second] ?? 0;
      const row = part(this.root, "all").children[place];
      row.classList.toggle("passed", score >= threshold);
      row.querySelector(".mini-fill").setAttribute("width", String(score * 100));
      row.querySelector("b").textContent = score.toFixed(2);
    });
  }

  /** Shows the frame of the current second above it, where no screen does. */
  #peek() {
    const peek = part(this.root, "peek");
    if (!peek) return;
    const genre = this.data.genres[this.row];
    say(peek, "peek-second", clock(this.second));
    say(peek, "peek-score", genre ? `${genre.genre} ${(genre.scores[this.second] ?? 0).toFixed(2)}` : "");
    if (this.data.strip) showFrame(peek.querySelector(".frame"), this.data.strip, this.second);
    peek.hidden = false;
    this.peeking = true;
    const body = peek.parentElement.getBoundingClientRect();
    const tracks = this.tracks.getBoundingClientRect();
    const x = tracks.left - body.left + ((this.second + 0.5) / this.n) * tracks.width - peek.offsetWidth / 2;
    peek.style.left = `${Math.min(Math.max(x, 0), body.width - peek.offsetWidth)}px`;
    peek.style.top = `${-peek.offsetHeight - 6}px`;
  }

  #hidePeek() {
    const peek = part(this.root, "peek");
    if (peek) peek.hidden = true;
    this.peeking = false;
  }

  #zoomBy(how) {
    if (how === "best") return this.#goToBest();
    this.#setZoom(how === "in" ? this.zoom * 2 : this.zoom / 2);
    this.#reveal();
    return undefined;
  }

  #setZoom(zoom) {
    this.zoom = Math.min(Math.max(zoom, 1), MAX_ZOOM);
    this.tracks.style.width = part(this.root, "ticks").style.width = `${this.zoom * 100}%`;
    this.#drawTicks();
  }

  /** Goes to the strongest second of the current genre, zoomed wide enough for a finger. */
  #goToBest() {
    const scores = this.data.genres[this.row]?.scores ?? [0];
    const wanted = Math.max(1, (6 * this.n) / this.scroll.clientWidth);
    this.#setZoom(2 ** Math.ceil(Math.log2(Math.max(wanted, this.zoom))));
    this.#choose(scores.indexOf(Math.max(...scores)), true);
    this.tracks.focus({ preventScroll: true });
    this.#reveal();
    this.#peek();
  }

  #reveal() {
    const { scroll, tracks } = this;
    const x = ((this.second + 0.5) / this.n) * tracks.clientWidth;
    const outside = x < scroll.scrollLeft + 20 || x > scroll.scrollLeft + scroll.clientWidth - 20;
    if (outside) scroll.scrollLeft = x - scroll.clientWidth / 2;
  }

  #drawTicks() {
    const width = this.scroll.clientWidth * this.zoom;
    const step = TICK_STEPS.find((seconds) => (seconds / this.n) * width >= TICK_PIXELS) ?? 1200;
    const ticks = [];
    for (let second = 0; second < this.n - step * 0.4; second += step) {
      const tick = make("span", "", clock(second));
      tick.style.left = `${(second / this.n) * 100}%`;
      ticks.push(tick);
    }
    part(this.root, "ticks").replaceChildren(...ticks);
  }
}

// Owns the map of the library: its points, what is in view, and what pointer, keys and buttons do.
import { areaAddress, listAreas } from "./map-areas.js";
import { connectCard, trailerAddress } from "./map-card.js";
import { Lasso } from "./map-lasso.js";
import { paintMap } from "./map-paint.js";
import { connectPointers } from "./map-pointer.js";
import { findAt, findFirst, findNext, findWithin, loadPoints } from "./map-points.js";
import { View } from "./map-view.js";
import { announce, part } from "./parts.js";

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const HINT = "Near each other: frames that are alike.";

/** Fetches the points of a map and makes it work; says so where that fails. */
export async function startMap(root) {
  try {
    const { points, isSample } = await loadPoints("/v1/library/map");
    part(root, "wait").hidden = true;
    new LibraryMap(root, points, isSample);
    listAreas(part(root, "areas"), points);
  } catch (error) {
    part(root, "wait").textContent = error.message;
  }
}

class LibraryMap {
  #view = new View();
  #lasso = new Lasso();
  #hidden = new Set(); // genres
  #marked = null;
  #due = false;

  constructor(root, points, isSample) {
    [this.root, this.points, this.isSample] = [root, points, isSample];
    this.canvas = part(root, "canvas");
    this.card = connectCard(part(root, "card"), this.canvas.parentElement);
    this.#connectButtons();
    this.#connectKeys();
    connectPointers(this.canvas, this.#pointers());
    this.canvas.addEventListener("wheel", (event) => this.#turnWheel(event), { passive: false });
    new ResizeObserver(() => this.#resize()).observe(this.canvas);
    new MutationObserver(() => this.#paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
    root.dataset.map = "ready";
  }

  get #shown() {
    return this.points.filter((point) => !this.#hidden.has(point.genre));
  }

  get #draws() {
    return this.#tool("lasso").ariaPressed === "true";
  }

  #tool(name) {
    return this.root.querySelector(`[data-tool="${name}"]`);
  }

  #connectButtons() {
    const clicks = { in: () => this.#view.zoom(1), out: () => this.#view.zoom(-1), whole: () => this.#view.whole(), lasso: () => this.#switchLasso() };
    for (const [name, act] of Object.entries(clicks)) this.#tool(name).addEventListener("click", () => this.#after(act));
    for (const button of this.root.querySelectorAll("[data-genre]")) button.addEventListener("click", () => this.#toggle(button));
    part(this.root, "found-clear").addEventListener("click", () => this.#clear());
  }

  #connectKeys() {
    this.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (ARROWS[event.key]) this.#step(ARROWS[event.key]);
      else if (event.key === "Enter" && this.#marked) this.#open(this.#marked, event);
      else if (event.key === "+" || event.key === "-") this.#after(() => this.#view.zoom(event.key === "+" ? 1 : -1, ...(this.#marked ? this.#view.toScreen(this.#marked) : [])));
      else if (event.key === "Escape") this.#clear();
      else return;
      event.preventDefault();
    });
    this.canvas.addEventListener("blur", () => this.#mark(null));
  }

  #pointers() {
    return {
      isLasso: (event) => this.#draws || event.shiftKey,
      hover: (x, y) => this.#mark(findAt(this.#shown, this.#view, x, y)),
      leave: () => this.#mark(null),
      click: (x, y, event) => this.#click(findAt(this.#shown, this.#view, x, y), event),
      pan: (dx, dy) => this.#after(() => this.#view.pan(dx, dy)),
      pinch: (ratio, x, y) => this.#after(() => this.#view.zoom(Math.log(ratio) / Math.log(1.4), x, y)),
      draw: (at) => this.#after(() => this.#mark(null), () => this.#lasso.add(this.#view.toPlace(...at))),
      drawn: () => this.#after(() => this.#lasso.end(), () => this.#showFound()),
    };
  }

  /** Changes what is in view or drawn, then paints it; the card goes, and comes back where its point lies now. */
  #after(...acts) {
    acts.forEach((act) => act());
    this.card.hide();
    if (this.#marked && this.#view.holds(this.#marked)) this.card.show(this.#marked, this.#view.toScreen(this.#marked));
    this.canvas.dataset.grabs = this.#draws || !this.#view.isWhole; // else a finger scrolls the page
    this.#paint();
  }

  #mark(point) {
    if (this.#marked === point) return;
    this.#marked = point;
    this.canvas.dataset.over = Boolean(point);
    if (point) this.card.show(point, this.#view.toScreen(point));
    else this.card.hide();
    this.#paint();
  }

  /** Opens a point's trailer; of a finger, which can't hover, the second time. */
  #click(point, event) {
    if (!point) this.#mark(null);
    else if (event.pointerType === "touch" && this.#marked !== point) this.#mark(point);
    else this.#open(point, event);
  }

  #open(point, event) {
    if (event.ctrlKey || event.metaKey) window.open(trailerAddress(point));
    else location.assign(trailerAddress(point));
  }

  #step(direction) {
    const shown = this.#shown;
    const next = this.#marked ? findNext(shown, this.#marked, direction) : findFirst(shown, this.#view);
    if (!next) return void announce("No trailer further that way");
    this.#view.show(next);
    this.#mark(next);
    announce(`${next.title}, ${next.genre || "no genre passes"}`);
  }

  #toggle(button) {
    const shows = button.ariaPressed !== "true";
    button.ariaPressed = String(shows);
    if (shows) this.#hidden.delete(button.dataset.genre);
    else this.#hidden.add(button.dataset.genre);
    this.#paint();
  }

  #switchLasso() {
    this.#tool("lasso").ariaPressed = String(!this.#draws);
  }

  #clear() {
    this.#lasso.clear();
    this.#mark(null);
    this.#showFound();
    this.#paint();
  }

  /** Says how many trailers lie within the lasso, with a link to them. */
  #showFound() {
    const { corners, isEmpty } = this.#lasso;
    const n = isEmpty ? 0 : findWithin(this.points, corners).length;
    const link = part(this.root, "found-link");
    link.hidden = n === 0;
    if (n) link.href = areaAddress(corners);
    part(this.root, "found-clear").hidden = isEmpty;
    part(this.root, "found").textContent = isEmpty ? HINT : `${n.toLocaleString("en")} trailer${n === 1 ? "" : "s"}${this.isSample ? " of those shown" : ""}`;
  }

  #turnWheel(event) {
    if (document.activeElement !== this.canvas && !event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    this.#after(() => this.#view.zoom(-event.deltaY / 240, event.offsetX, event.offsetY));
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.#view.resize(clientWidth, clientHeight);
    [this.canvas.width, this.canvas.height] = [clientWidth * devicePixelRatio, clientHeight * devicePixelRatio];
    this.#paint();
  }

  #paint() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const { corners } = this.#lasso;
      paintMap(this.canvas, this.#view, { points: this.points, hidden: this.#hidden, marked: this.#marked, lasso: corners });
    });
  }
}

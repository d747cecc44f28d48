// Owns what part of the map is in view: from places between 0 and 1 to pixels and back, zoomed and moved.
const MARGIN = 18; // pixels around the whole map
const MOST = 40; // times as large as the whole
const STEP = 1.4;

/** The view of a map on a canvas; the whole of it at first, stretched to the canvas. */
export class View {
  constructor() {
    this.width = this.height = 1;
    this.whole();
  }

  get isWhole() {
    return this.scale === 1;
  }

  whole() {
    [this.scale, this.left, this.top] = [1, 0, 0];
  }

  resize(width, height) {
    [this.width, this.height] = [width, height];
  }

  toScreen({ x, y }) {
    return [MARGIN + (x - this.left) * this.scale * this.#room[0], MARGIN + (y - this.top) * this.scale * this.#room[1]];
  }

  toPlace(left, top) {
    return [this.left + (left - MARGIN) / (this.scale * this.#room[0]), this.top + (top - MARGIN) / (this.scale * this.#room[1])];
  }

  middle() {
    const [x, y] = this.toPlace(this.width / 2, this.height / 2);
    return { x, y };
  }

  /** Zooms by steps, in or out, around a place in pixels, by default the middle. */
  zoom(steps, x = this.width / 2, y = this.height / 2) {
    const [under, beneath] = this.toPlace(x, y);
    this.scale = Math.min(Math.max(this.scale * STEP ** steps, 1), MOST);
    const [now, below] = this.toPlace(x, y);
    this.#moveTo(this.left + under - now, this.top + beneath - below);
  }

  /** Moves what is in view by pixels. */
  pan(dx, dy) {
    this.#moveTo(this.left - dx / (this.scale * this.#room[0]), this.top - dy / (this.scale * this.#room[1]));
  }

  /** Tells whether a point is in view. */
  holds(point) {
    const [x, y] = this.toScreen(point);
    return x >= 0 && y >= 0 && x <= this.width && y <= this.height;
  }

  /** Moves a point into view, if it isn't. */
  show(point) {
    if (!this.holds(point)) this.#moveTo(point.x - 0.5 / this.scale, point.y - 0.5 / this.scale);
  }

  get #room() {
    return [Math.max(this.width - 2 * MARGIN, 1), Math.max(this.height - 2 * MARGIN, 1)];
  }

  #moveTo(left, top) {
    const most = 1 - 1 / this.scale;
    [this.left, this.top] = [Math.min(Math.max(left, 0), most), Math.min(Math.max(top, 0), most)];
  }
}

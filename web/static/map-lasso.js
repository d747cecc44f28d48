// Owns the lasso: the corners of what is drawn on the map, few enough for an address.
const MOST = 100; // corners that an area may have
const DIGITS = 4;

/** A line drawn around a part of the map, of corners [x, y] from 0 to 1. */
export class Lasso {
  corners = [];
  isWhole = false; // drawn to its end

  get isEmpty() {
    return this.corners.length === 0;
  }

  clear() {
    [this.corners, this.isWhole] = [[], false];
  }

  /** Adds a place to the line, a new one after the last was drawn to its end. */
  add([x, y]) {
    if (this.isWhole) this.clear();
    this.corners.push([clamp(x), clamp(y)]);
  }

  /** Ends the line: at most 100 of its corners stay, at even distances; none where it is no area. */
  end() {
    const step = Math.max(this.corners.length / MOST, 1);
    const kept = [];
    for (let i = 0; i < this.corners.length; i += step) kept.push(this.corners[Math.floor(i)]);
    const distinct = kept.filter((corner, i) => i === 0 || String(corner) !== String(kept[i - 1]));
    this.corners = distinct.length >= 3 ? distinct.slice(0, MOST) : [];
    this.isWhole = true;
  }
}

function clamp(share) {
  return Number(Math.min(Math.max(share, 0), 1).toFixed(DIGITS));
}

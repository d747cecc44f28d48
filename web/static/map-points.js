// Owns the points of the map: their places and genres, those that are shown, and finding them.
import { send } from "./api.js";

const REACH = 14; // pixels around a pointer
const INNERMOST = 1 - 1e-6; // of the map; a line ends at 1

/** Returns the points of the map at `path`, all of them shown. Throws ApiError. */
export async function loadPoints(path) {
  const { body } = await send("GET", path);
  const points = body.trailer_ids.map((id, i) => ({ id, x: body.x[i], y: body.y[i], genre: body.genres[i] ?? "", title: body.titles[i] }));
  return { points, isSample: body.is_sample };
}

/** Returns the point within reach of a place in pixels, the nearest one, null if there is none. */
export function findAt(points, view, x, y) {
  return nearest(points, (point) => {
    const [left, top] = view.toScreen(point);
    const distance = Math.hypot(left - x, top - y);
    return distance <= REACH ? distance : Infinity;
  });
}

/** Returns the next point from `from` in a direction, [1, 0] is right: near, and rather ahead than beside; null at the end. */
export function findNext(points, from, [dx, dy]) {
  return nearest(points, (point) => {
    const ahead = (point.x - from.x) * dx + (point.y - from.y) * dy;
    const beside = Math.abs((point.x - from.x) * dy) + Math.abs((point.y - from.y) * dx);
    return ahead > 0 && beside <= 2 * ahead ? ahead + 2 * beside : Infinity;
  });
}

/** Returns the point nearest to the middle of what is in view. */
export function findFirst(points, view) {
  const { x, y } = view.middle();
  return nearest(points, (point) => Math.hypot(point.x - x, point.y - y));
}

/** Returns the points within a polygon of corners [x, y]; one at the end of the map lies within a line along that end. */
export function findWithin(points, corners) {
  return points.filter(({ x, y }) => isWithin(Math.min(x, INNERMOST), Math.min(y, INNERMOST), corners));
}

function nearest(points, distanceOf) {
  let [found, least] = [null, Infinity];
  for (const point of points) {
    const distance = distanceOf(point);
    if (distance < least) [found, least] = [point, distance];
  }
  return found;
}

/** Tells whether a line from a place to the right crosses the border an odd number of times. */
function isWithin(x, y, corners) {
  let within = false;
  for (let i = 0, before = corners.length - 1; i < corners.length; before = i, i += 1) {
    const [[x1, y1], [x2, y2]] = [corners[i], corners[before]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  }
  return within;
}

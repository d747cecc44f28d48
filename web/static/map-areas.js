// Owns the list of areas: the map in words, for who doesn't see it, each area a link to its trailers.
import { make } from "./parts.js";

const SIDE = 4; // areas in a row and in a column
const ROWS = ["top", "upper middle", "lower middle", "bottom"];
const COLUMNS = ["left", "centre left", "centre right", "right"];

/** Fills a list with the areas that hold points, row by row. */
export function listAreas(list, points) {
  const areas = Array.from({ length: SIDE * SIDE }, () => []);
  for (const point of points) areas[place(point.y) * SIDE + place(point.x)].push(point);
  list.replaceChildren(...areas.flatMap((found, i) => (found.length ? [item(found, i % SIDE, Math.floor(i / SIDE))] : [])));
}

/** Returns the address of the library's trailers within corners [x, y]. */
export function areaAddress(corners) {
  return `/library?area=${encodeURIComponent(corners.map((corner) => corner.join(",")).join(";"))}`;
}

function item(points, column, row) {
  const link = make("a", "", `${ROWS[row]}, ${COLUMNS[column]}`);
  const [left, right] = [column / SIDE, (column + 1) / SIDE];
  const [top, bottom] = [row / SIDE, (row + 1) / SIDE];
  link.href = areaAddress([[left, top], [right, top], [right, bottom], [left, bottom]]);
  const line = make("li");
  line.append(link, make("span", "dim", ` ${points.length.toLocaleString("en")} trailer${points.length === 1 ? "" : "s"}, ${mostly(points)}`));
  return line;
}

/** Returns the genre that most of the points have, with its share where others have others. */
function mostly(points) {
  const counts = new Map();
  for (const { genre } of points) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  const [genre, n] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most));
  const name = genre || "without a genre that passes";
  return n === points.length ? (n > 1 ? `all ${name}` : name) : `mostly ${name}`;
}

function place(share) {
  return Math.min(Math.floor(share * SIDE), SIDE - 1);
}

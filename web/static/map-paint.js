// Owns the painting of the map on its canvas, in the colours of the sheet.
import { genreClass } from "./parts.js";

const SMALL = 3_000; // of more points each is smaller

/** Paints points, those of `hidden` genres pale, one marked, and a lasso. */
export function paintMap(canvas, view, { points, hidden, marked, lasso }) {
  const context = canvas.getContext("2d");
  const ratio = devicePixelRatio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  const radius = (points.length > SMALL ? 2 : 4) * Math.min(view.scale ** 0.3, 2);
  for (const [genre, group] of groupByGenre(points)) {
    context.globalAlpha = hidden.has(genre) ? 0.08 : 0.8;
    context.fillStyle = colour(canvas, genre);
    context.beginPath();
    for (const point of group) addDot(context, view, point, radius);
    context.fill();
  }
  context.globalAlpha = 1;
  if (marked) ring(context, view, marked, radius + 4, tone(canvas, "--text"));
  if (lasso.length > 1) outline(context, view, lasso, tone(canvas, "--accent"));
}

function groupByGenre(points) {
  const groups = new Map();
  for (const point of points) {
    if (!groups.has(point.genre)) groups.set(point.genre, []);
    groups.get(point.genre).push(point);
  }
  return groups;
}

function addDot(context, view, point, radius) {
  const [x, y] = view.toScreen(point);
  if (x < -radius || y < -radius || x > view.width + radius || y > view.height + radius) return;
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function ring(context, view, point, radius, stroke) {
  context.strokeStyle = stroke;
  context.lineWidth = 2;
  context.beginPath();
  addDot(context, view, point, radius);
  context.stroke();
}

function outline(context, view, corners, stroke) {
  context.strokeStyle = context.fillStyle = stroke;
  context.lineWidth = 2;
  context.beginPath();
  corners.forEach(([x, y]) => context.lineTo(...view.toScreen({ x, y })));
  context.closePath();
  context.stroke();
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
}

/** Returns the colour of a genre as a canvas takes it: tokens hold light-dark(), which only an element resolves. */
function colour(canvas, genre) {
  return tone(canvas, "--genre", genre ? genreClass(genre) : "");
}

function tone(canvas, name, className = "") {
  canvas.className = className;
  canvas.style.color = `var(${name})`;
  return getComputedStyle(canvas).color;
}

// Owns the painting of scores and colours: one pixel per second, on canvases of height 1.

// From dark to bright, also for colour-blind people and greyscale printers (after viridis).
const STOPS = [[38, 40, 66], [58, 76, 128], [40, 118, 142], [53, 164, 126], [150, 205, 74], [250, 222, 60]];

/** Returns [red, green, blue] of a score from 0 to 1. */
function tint(score) {
  const place = Math.min(Math.max(score, 0), 1) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((value, channel) => value + (STOPS[low + 1][channel] - value) * (place - low));
}

/** Paints one score per pixel. */
export function paintScores(canvas, scores) {
  paint(canvas, scores.length, (second) => tint(scores[second]));
}

/** Paints the mean colour of each second; `colors` is base64 of RGB, three bytes per second. */
export function paintColors(canvas, colors) {
  const bytes = Uint8Array.from(atob(colors), (character) => character.charCodeAt(0));
  paint(canvas, Math.floor(bytes.length / 3), (second) => bytes.subarray(second * 3, second * 3 + 3));
}

/** Paints the scale from 0 to 1. */
export function paintScale(canvas) {
  paint(canvas, canvas.width, (x) => tint(x / (canvas.width - 1)));
}

function paint(canvas, n, colorOf) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(Math.max(n, 1), 1);
  for (let x = 0; x < n; x += 1) image.data.set([...colorOf(x), 255], x * 4);
  context.putImageData(image, 0, 0);
}

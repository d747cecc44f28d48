// Owns the painting of scores and colours: one pixel per second, on canvases of height 1.

// Cold below the threshold, warm above it, with a step between: also for colour-blind people and greyscale printers.
const BELOW = [[30, 36, 62], [58, 76, 128], [96, 116, 160]];
const ABOVE = [[214, 132, 44], [240, 184, 66], [255, 236, 150]];

/** Returns [red, green, blue] of how far above its threshold a score is, -1 to 1: of the way there is on that side. */
function tint(above) {
  const stops = above < 0 ? BELOW : ABOVE;
  const place = Math.min(Math.abs(above < 0 ? above + 1 : above), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((value, channel) => value + (stops[low + 1][channel] - value) * (place - low));
}

/** Paints one score per pixel, by how far it is above the threshold. */
export function paintScores(canvas, { scores, threshold }) {
  paint(canvas, scores.length, (second) => {
    const above = scores[second] - threshold;
    return tint(above / Math.max(above < 0 ? threshold : 1 - threshold, 0.01));
  });
}

/** Paints the mean colour of each second; `colors` is base64 of RGB, three bytes per second. */
export function paintColors(canvas, colors) {
  const bytes = Uint8Array.from(atob(colors), (character) => character.charCodeAt(0));
  paint(canvas, Math.floor(bytes.length / 3), (second) => bytes.subarray(second * 3, second * 3 + 3));
}

/** Paints the scale, the threshold in its middle. */
export function paintScale(canvas) {
  paint(canvas, canvas.width, (x) => tint((2 * x + 1) / canvas.width - 1));
}

function paint(canvas, n, colorOf) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(Math.max(n, 1), 1);
  for (let x = 0; x < n; x += 1) image.data.set([...colorOf(x), 255], x * 4);
  context.putImageData(image, 0, 0);
}

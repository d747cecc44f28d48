// Owns single frames out of a filmstrip's sprite: the window of an SVG, moved.

/** Moves the window of `frame` (see parts/frames.html) to a second of `strip`. */
export function showFrame(frame, strip, second) {
  const n = Math.min(Math.max(Math.floor(second), 0), strip.n - 1);
  const x = (n % strip.columns) * strip.width;
  const y = Math.floor(n / strip.columns) * strip.height;
  frame.setAttribute("viewBox", `${x} ${y} ${strip.width} ${strip.height}`);
}

// Owns pointers on the map: what is under one, drags that move or draw a lasso, and pinches that zoom.
const MOVED = 4; // pixels; less is a click

/**
 * Calls `on` with what pointers do, places in pixels of the canvas.
 * @param {{hover: Function, leave: Function, click: Function, pan: Function, pinch: Function, draw: Function, drawn: Function, isLasso: (event: PointerEvent) => boolean}} on
 */
export function connectPointers(canvas, on) {
  const down = new Map(); // pointerId -> its last place
  let drag = null; // null, or {lasso, far}: whether it draws, and whether it has moved

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    if (drag?.lasso) on.drawn(); // a second finger ends the line of the first
    down.set(event.pointerId, placeOf(event));
    drag = down.size === 1 ? { lasso: on.isLasso(event), far: false, from: placeOf(event) } : { lasso: false, far: true };
    if (drag.lasso) on.draw(placeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = placeOf(event);
    const before = down.get(event.pointerId);
    if (!before) return void on.hover(x, y);
    if (!drag.far && Math.hypot(x - drag.from[0], y - drag.from[1]) < MOVED) return;
    drag.far = true;
    if (down.size === 2) pinch(event.pointerId, before, [x, y]);
    else if (drag.lasso) on.draw([x, y]);
    else on.pan(x - before[0], y - before[1]);
    down.set(event.pointerId, [x, y]);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId) || down.size) return;
    if (drag.lasso) on.drawn();
    else if (!drag.far) on.click(...placeOf(event), event);
    drag = null;
  });
  canvas.addEventListener("pointercancel", (event) => {
    down.delete(event.pointerId);
    if (drag?.lasso) on.drawn();
  });
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && !down.size && on.leave()); // a finger leaves when it is lifted

  function pinch(id, before, now) {
    const [, other] = [...down].find(([its]) => its !== id);
    const [far, near] = [now, before].map(([x, y]) => Math.hypot(x - other[0], y - other[1]));
    if (near > 0 && far > 0) on.pinch(far / near, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }
}

function placeOf(event) {
  return [event.offsetX, event.offsetY];
}

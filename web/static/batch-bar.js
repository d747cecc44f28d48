// Owns a batch's live bar: the widths of its stages, and the same in words.
import { follow } from "./events.js";
import { say } from "./parts.js";
import { STAGES } from "./stages.js";

/** Returns how many rows of a batch are finished. */
export function countFinished({ stages }) {
  return STAGES.finished.reduce((n, stage) => n + (stages[stage] ?? 0), 0);
}

/** Follows a batch until all its rows are finished; calls `onState` with each state, too. */
export function followBatch(root, onState) {
  const path = `/v1/batches/${encodeURIComponent(root.dataset.batch)}`;
  const show = (state) => {
    showStages(root, state);
    onState?.(state);
  };
  return follow(path, "batch", show, (state) => countFinished(state) >= state.n_rows);
}

function showStages(root, { stages, n_rows: n }) {
  let x = 0;
  for (const rect of root.querySelectorAll("rect[data-stage]")) {
    const width = (100 * (stages[rect.dataset.stage] ?? 0)) / Math.max(n, 1);
    rect.setAttribute("x", x.toFixed(3));
    rect.setAttribute("width", width.toFixed(3));
    x += width;
  }
  for (const item of root.querySelectorAll("li[data-stage]")) {
    const count = stages[item.dataset.stage] ?? 0;
    item.hidden = !count;
    say(item, "n", count.toLocaleString("en"));
  }
}

// Owns the page of one batch: its live bar and causes, its rows once all are finished, retry by cause, cancel.
import { send } from "./api.js";
import { countFinished, followBatch } from "./batch-bar.js";
import { advise, showFailure } from "./failure.js";
import { announce, copy, part, say } from "./parts.js";
import { isSure, showRetry } from "./retry-cause.js";

const root = document.querySelector("[data-batch]");
const causes = document.querySelector("[data-causes]");
const notice = document.querySelector("[data-notice]");
const cancel = document.querySelector("[data-cancel-batch]");
const path = `/v1/batches/${encodeURIComponent(root.dataset.batch)}`;
const NEXT = { permanent: "Trying again won’t help.", retry: "Trying again may help.", operator: "The operator must fix it." };

let stop = root.hasAttribute("data-live") ? followBatch(root, show) : null;
cancel.addEventListener("click", () => act(cancel, "DELETE", path));
causes.addEventListener("click", (event) => {
  const button = event.target.closest("[data-retry]");
  if (!button || (button.dataset.retry && !isSure(button))) return;
  act(button, "POST", `${path}/retry`, button.dataset.retry ? { code: button.dataset.retry, n: Number(button.dataset.n) } : {});
});

function show(batch) {
  const finished = countFinished(batch);
  say(document, "finished", finished.toLocaleString("en"));
  cancel.hidden = finished >= batch.n_rows;
  showCauses(batch.causes ?? []);
  if (cancel.hidden) showFinishedRows();
}

/** Replaces the rows, which are as they were when the page was opened. */
async function showFinishedRows() {
  announce("All rows are finished.");
  const response = await fetch(location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  part(document, "rows").replaceWith(part(page, "rows"));
}

/** Updates the numbers, adds rows for new causes, and removes those of causes that are gone. */
function showCauses(found) {
  const list = part(causes, "causes");
  const rows = new Map([...list.children].map((row) => [row.dataset.code, row]));
  causes.hidden = !found.length;
  for (const cause of found) {
    const row = rows.get(cause.code) ?? list.appendChild(newCause(cause));
    say(row, "n", cause.n.toLocaleString("en"));
    showRetry(row, cause);
    rows.delete(cause.code);
  }
  for (const gone of rows.values()) gone.remove();
}

function newCause(cause) {
  const row = copy("cause");
  const advice = advise(cause.code);
  row.dataset.code = cause.code;
  say(row, "meaning", advice.meaning);
  say(row, "code", cause.code);
  say(row, "step", `${NEXT[cause.class] ?? ""} ${advice.step}`);
  return row;
}

async function act(button, method, address, body) {
  button.disabled = true;
  showFailure(notice, null);
  try {
    await send(method, address, { body });
    announce(method === "DELETE" ? "The remaining rows are being cancelled." : "The failed rows are queued again.");
    stop?.();
    stop = followBatch(root, show);
  } catch (error) {
    showFailure(notice, error);
  } finally {
    button.disabled = false;
  }
}

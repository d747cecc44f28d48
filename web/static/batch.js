// Owns the page of one batch: its live bar and causes, its rows once all are finished, retry by cause, cancel.
import { send } from "./api.js";
import { countFinished, followBatch } from "./batch-bar.js";
import { advise, showFailure } from "./failure.js";
import { announce, copy, part, say } from "./parts.js";
import { isSure, showRetry } from "./retry-cause.js";

const root = document.querySelector("[data-batch]");
const causes = document.querySelector("[data-causes]");
const all = causes.querySelector('[data-retry=""]');
const notice = document.querySelector("[data-notice]");
const cancel = document.querySelector("[data-cancel-batch]");
const path = `/v1/batches/${encodeURIComponent(root.dataset.batch)}`;
const NEXT = { permanent: "Trying again won’t help.", retry: "Trying again may help.", operator: "The operator must fix it." };

let stop = root.hasAttribute("data-live") ? followBatch(root, show) : null;
cancel.addEventListener("click", () => act(cancel, "DELETE", path));
causes.addEventListener("click", (event) => {
  const button = event.target.closest("[data-retry]");
  if (!button || !isSure(button)) return;
  const { retry: code, n } = button.dataset;
  act(button, "POST", `${path}/retry`, code ? { code, n: Number(n) } : {}); // of all, those that were cancelled are queued, too
});

function show(batch) {
  const finished = countFinished(batch);
  say(document, "finished", finished.toLocaleString("en"));
  cancel.hidden = finished >= batch.n_rows;
  showCauses(batch.causes ?? [], batch.stages.cancelled ?? 0);
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
function showCauses(found, cancelled) {
  const list = part(causes, "causes");
  const rows = new Map([...list.children].map((row) => [row.dataset.code, row]));
  causes.hidden = !found.length;
  showAll(found, cancelled);
  for (const cause of found) {
    const row = rows.get(cause.code) ?? list.appendChild(newCause(cause));
    say(row, "n", cause.n.toLocaleString("en"));
    showRetry(row, cause);
    rows.delete(cause.code);
  }
  for (const gone of rows.values()) gone.remove();
}

/** Says how many the retry of all takes, and which stay as they are. */
function showAll(found, cancelled) {
  const n = found.reduce((sum, cause) => sum + cause.retryable, cancelled);
  if (Number(all.dataset.n) !== n) resetAll(n);
  const stay = found.filter((cause) => cause.class === "permanent" && cause.n > cause.retryable);
  const names = stay.map((cause) => `${cause.code} ${(cause.n - cause.retryable).toLocaleString("en")}`);
  say(causes, "for-good", names.length ? `Failed for good: ${names.join(", ")}. A retry leaves them as they are.` : "");
}

function resetAll(n) {
  delete all.dataset.sure;
  all.dataset.n = n;
  all.disabled = !n;
  all.lastChild.textContent = "Retry all failed";
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
    const { body: done } = await send(method, address, { body });
    announce(method === "DELETE" ? "The remaining rows are being cancelled." : `${done.jobs.toLocaleString("en")} queued again.`);
    stop?.();
    stop = followBatch(root, show);
  } catch (error) {
    showFailure(notice, error);
  } finally {
    button.disabled = false;
    delete button.dataset.sure;
  }
}

// Owns the list of jobs: cancel and retry in place, and the progress of running ones.
import { send } from "./api.js";
import { startCharts } from "./chart.js";
import { follow } from "./events.js";
import { advise, showFailure } from "./failure.js";
import { startLiveParts } from "./live-parts.js";
import { announce, make, part } from "./parts.js";
import { isSure } from "./retry-cause.js";
import { isFinished, STAGES } from "./stages.js";
import { lasting, rewriteTimes } from "./times.js";

const READ_MS = 10_000;
const FOLLOWED = 12; // at most: each is a request every two seconds
const table = document.querySelector("[data-jobs-table]");
const notice = document.querySelector("[data-notice]");

startCharts();
startLiveParts();
table?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button);
});
[...(table?.querySelectorAll("tr[data-job]") ?? [])]
  .filter((row) => row.querySelector('[data-act="cancel"]'))
  .slice(0, FOLLOWED)
  .forEach(watch);
document.querySelector('[data-live="causes"]').addEventListener("click", (event) => {
  const button = event.target.closest("[data-retry]");
  if (button && isSure(button)) retryAll(button);
});

async function retryAll(button) {
  button.disabled = true;
  showFailure(notice, null);
  try {
    const { body } = await send("POST", "/v1/jobs/retry", { body: { code: button.dataset.retry, n: Number(button.dataset.n) } });
    button.textContent = `${body.jobs.toLocaleString("en")} queued again`;
    announce(button.textContent);
  } catch (error) {
    button.disabled = false;
    showFailure(notice, error);
  }
  setTimeout(() => delete button.dataset.sure, READ_MS); // then the list of causes keeps up again
}

function pathOf(row) {
  return `/v1/jobs/${encodeURIComponent(row.dataset.job)}`;
}

function watch(row) {
  follow(pathOf(row), "job", (job) => show(row, job), (job) => isFinished(job.stage));
}

async function act(button) {
  const row = button.closest("tr");
  const again = button.dataset.act === "retry";
  button.disabled = true;
  showFailure(notice, null);
  try {
    const { body } = await send(again ? "POST" : "DELETE", again ? `${pathOf(row)}/retry` : pathOf(row));
    if (body) show(row, body);
    button.remove();
    announce(again ? "Queued again." : "Cancelled.");
    if (again) watch(row);
  } catch (error) {
    button.disabled = false;
    showFailure(notice, error);
  }
}

function show(row, job) {
  part(row, "stage").replaceChildren(make("span", `badge ${STAGES.tones[job.stage] ?? ""}`, job.stage));
  const detail = part(row, "detail");
  if (job.error) detail.replaceChildren(make("b", "", advise(job.error.code).meaning), " ", make("code", "", job.error.code), make("p", "dim", job.error.message));
  else detail.textContent = describe(job);
  showAttempt(detail, job);
  if (isFinished(job.stage)) row.querySelector('[data-act="cancel"]')?.remove();
}

/** Returns how far a job without an error is, or how long it took. */
function describe({ stage, progress, seconds }) {
  const took = Object.values(seconds ?? {}).reduce((sum, each) => sum + each, 0);
  if (stage === "done" && took) return `took ${lasting(took)}`;
  return stage === "extracting" && progress?.total ? `${progress.done ?? 0} of ${progress.total} frames` : "–";
}

/** Adds which attempt it is, and when the next one is made, as the page says it: nothing moves when it is said again. */
function showAttempt(detail, job) {
  if (job.stage === "queued" && job.not_before) {
    const next = make("time");
    next.dateTime = job.not_before;
    next.dataset.at = "";
    const line = make("p", "dim", "tried again at ");
    line.append(next, `, attempt ${job.attempts + 1} of ${STAGES.attempts}`);
    detail.append(line);
    rewriteTimes(line);
  } else if (job.attempts > 1) detail.append(" ", make("span", "dim", `attempt ${job.attempts}`));
}

// Owns the list of jobs: cancel and retry in place, and the progress of running ones.
import { send } from "./api.js";
import { startCharts } from "./chart.js";
import { follow } from "./events.js";
import { advise, showFailure } from "./failure.js";
import { announce, make, part } from "./parts.js";
import { isSure } from "./retry-cause.js";
import { isFinished, STAGES } from "./stages.js";

const FOLLOWED = 12; // at most: each is a request every two seconds
const table = document.querySelector("[data-jobs-table]");
const notice = document.querySelector("[data-notice]");

startCharts();
table?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button);
});
[...(table?.querySelectorAll("tr[data-job]") ?? [])]
  .filter((row) => row.querySelector('[data-act="cancel"]'))
  .slice(0, FOLLOWED)
  .forEach(watch);
document.querySelector('[data-part="causes"]')?.addEventListener("click", (event) => {
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
  else detail.textContent = job.stage === "extracting" && job.progress?.total ? `${job.progress.done ?? 0} of ${job.progress.total} frames` : "–";
  showAttempt(detail, job);
  if (isFinished(job.stage)) row.querySelector('[data-act="cancel"]')?.remove();
}

/** Adds which attempt it is, and when the next one is made, as the page says it: nothing moves when it is said again. */
function showAttempt(detail, job) {
  if (job.stage === "queued" && job.not_before) {
    const next = make("time", "", utc(job.not_before));
    next.dateTime = job.not_before;
    const line = make("p", "dim", "tried again at ");
    line.append(next, `, attempt ${job.attempts + 1} of ${STAGES.attempts}`);
    detail.append(line);
  } else if (job.attempts > 1) detail.append(" ", make("span", "dim", `attempt ${job.attempts}`));
}

/** Returns a moment as 21 Nov 2026, 22:42 UTC. */
function utc(text) {
  const [, day, month, year, time] = new Date(text).toUTCString().split(" ");
  return `${Number(day)} ${month} ${year}, ${time.slice(0, 5)} UTC`;
}

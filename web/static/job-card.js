// Owns one job's live card: its stages, frames, failure, verdict, and the buttons that cancel and retry.
import { send } from "./api.js";
import { follow } from "./events.js";
import { advise, showFailure } from "./failure.js";
import { showGenres } from "./genre-rows.js";
import { announce, copy, part, say } from "./parts.js";
import { isFinished, STAGES } from "./stages.js";

const NOTES = { queued: "waiting for a worker", downloading: "downloading the video", classifying: "predicting the genres" };

/** Returns a new card that shows `title` while its job does not exist yet. */
export function newCard(title, source) {
  const card = copy("job-card");
  say(card, "title", title);
  say(card, "source", source === title ? "" : source);
  say(card, "cancel-what", ` ${title}`);
  say(card, "note", "waiting to be sent");
  listen(card);
  return card;
}

/** Takes over a card the server rendered. */
export function adoptCard(card) {
  listen(card);
  mark(card, card.dataset.stage);
  if (!part(card, "note").textContent) say(card, "note", NOTES[card.dataset.stage]);
  if (!isFinished(card.dataset.stage)) followJob(card, card.dataset.job);
}

/** Shows a job, and follows it until it is finished. */
export function startJob(card, job) {
  showJob(card, job);
  if (!isFinished(job.stage)) followJob(card, job.job_id);
}

/** Shows the progress of an upload, from 0 to 1. */
export function showUpload(card, share) {
  const progress = part(card, "progress");
  progress.max = 1;
  progress.value = share;
  say(card, "note", `uploading, ${Math.round(share * 100)} %`);
}

function followJob(card, id) {
  follow(`/v1/jobs/${encodeURIComponent(id)}`, "job", (job) => showJob(card, job), (job) => isFinished(job.stage) || !card.isConnected);
}

function showJob(card, job) {
  const moved = card.dataset.stage !== job.stage;
  const finished = isFinished(job.stage);
  card.dataset.job = job.job_id;
  card.dataset.stage = job.stage;
  mark(card, job.stage);
  const title = job.title ?? job.result?.title ?? job.source;
  for (const [name, text] of [["title", title], ["cancel-what", ` ${title}`], ["open-what", ` ${title}`]]) say(card, name, text);
  say(card, "source", [job.external_id, job.source !== title && job.source].filter(Boolean).join(" · "));
  showProgress(card, job);
  part(card, "running").hidden = part(card, "cancel").hidden = finished;
  showFailure(part(card, "failure"), finished && job.stage !== "done" ? job.error ?? { code: "cancelled", message: "" } : null);
  part(card, "retry").hidden = !finished || job.stage === "done";
  showVerdict(card, job);
  if (moved) announceStage(card, job);
}

function showProgress(card, { stage, progress, attempts }) {
  const bar = part(card, "progress");
  const counted = stage === "extracting" && progress?.total;
  const portion = progress?.total && stage !== "queued";
  if (portion) {
    bar.max = progress.total;
    bar.value = progress.done ?? 0;
  } else bar.removeAttribute("value");
  const again = attempts > 1 ? `, attempt ${attempts}` : "";
  say(card, "note", counted ? `${progress.done ?? 0} of ${progress.total} frames${again}` : `${NOTES[stage] ?? stage}${again}`);
}

function showVerdict(card, { stage, result, trailer_id: id }) {
  const done = stage === "done";
  part(card, "open").hidden = !done;
  showGenres(part(card, "genres"), done && result ? result.genres.slice(0, 3) : []);
  if (done) part(card, "title").href = part(card, "open").href = `/trailers/${encodeURIComponent(result?.trailer_id ?? id).replace("%3A", ":")}`;
}

/** Marks the current stage and those before it. */
function mark(card, stage) {
  for (const step of card.querySelectorAll("[data-step]")) {
    step.classList.toggle("past", STAGES.steps.indexOf(step.dataset.step) < STAGES.steps.indexOf(stage));
    if (step.dataset.step === stage) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
}

function announceStage(card, job) {
  const title = part(card, "title").textContent;
  const top = job.result?.genres?.slice(0, 3).map(({ genre, score }) => `${genre} ${score.toFixed(2)}`);
  if (job.stage === "done") announce(`${title} is done${top ? `: ${top.join(", ")}` : ""}.`);
  else if (job.error) announce(`${title}: ${advise(job.error.code).meaning}.`);
  else announce(`${title}: ${job.stage}.`);
}

function listen(card) {
  part(card, "cancel").addEventListener("click", () => cancel(card));
  part(card, "retry").addEventListener("click", () => act(card, "POST", "/retry"));
}

function cancel(card) {
  if (card.dataset.job) act(card, "DELETE", "");
  else card.dispatchEvent(new CustomEvent("cancel-upload"));
}

async function act(card, method, end) {
  try {
    const { body } = await send(method, `/v1/jobs/${encodeURIComponent(card.dataset.job)}${end}`);
    if (body) startJob(card, body);
  } catch (error) {
    showFailure(part(card, "failure"), error);
  }
}

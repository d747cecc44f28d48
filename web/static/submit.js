// Owns the first page: links and files are staged as films; each that is analysed becomes a job with a live card.
import { send } from "./api.js";
import { pathOf, startDrop, startPick } from "./drop-zone.js";
import { adoptCard, newCard, showUpload, startJob } from "./job-card.js";
import { sendList, sortFiles } from "./list-upload.js";
import { part } from "./parts.js";
import { isFinished } from "./stages.js";
import { Staging } from "./staging.js";

const form = document.querySelector("[data-submit]");
const jobs = document.querySelector("[data-jobs]");
const heading = part(jobs, "heading");
const wrong = part(form, "wrong");
const field = form.elements.source;
const APART = /[\s,;|]+(?=https?:\/\/|(?:www\.|m\.)?youtu(?:be\.com|\.be)\/)|(?<=[A-Za-z0-9])(?=https?:\/\/)/i; // where the next of several links begins
const LINK = /\S*(?::\/\/|youtu)\S*/i;
const MAX_KEPT = 24; // jobs shown again after a reload
const shown = new Set(); // ids of all jobs that this tab has shown
const staging = new Staging(document.querySelector("[data-staging]"), analyse);

for (const card of jobs.querySelectorAll(".job")) adoptCard(card);
keep();
startDrop(form.querySelector("[data-drop]"), stageFiles);
startPick(form.querySelector("[data-folder]"), stageFiles);
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault()); // a miss opens no file in place of the page
form.addEventListener("submit", (event) => {
  event.preventDefault();
  stageLinks(field.value);
});
field.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (field.value || splitLinks(text).length < 2 && !LINK.test(text)) return;
  event.preventDefault();
  stageLinks(text);
});
field.addEventListener("input", () => complain(""));
document.querySelector("main").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) staging.analyse();
});
part(jobs, "clear-jobs").addEventListener("click", () => {
  for (const card of jobs.querySelectorAll(".job")) if (isFinished(card.dataset.stage)) card.remove();
  keep();
  if (jobs.hidden) field.focus();
});

function complain(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Returns the links of a text; one with a single link stays whole, one with none has an id a line. */
function splitLinks(text) {
  const links = text.split(APART).map((piece) => piece.match(LINK)?.[0]).filter(Boolean);
  if (links.length > 1) return links;
  return (links.length ? [text.replace(/\s+/g, " ")] : text.split("\n")).map((line) => line.trim()).filter(Boolean);
}

function stageLinks(text) {
  const links = splitLinks(text);
  complain(links.length ? "" : "Paste a link first, or choose a video file below.");
  field.focus();
  if (!links.length) return;
  field.value = "";
  staging.addLinks(links);
}

/** Stages each file, of folders the videos; with a list among them all go as its batch. */
function stageFiles(files) {
  const { lists, videos } = sortFiles(files);
  if (lists.length) {
    sendList(files);
    return;
  }
  const pictures = files.filter((file) => file.type.startsWith("image/"));
  const chosen = files.filter((file) => videos.includes(file) || !(pathOf(file).includes("/") || pictures.includes(file)));
  const left = staging.addFiles(chosen, pictures).map((picture) => picture.name);
  complain(left.length ? `Whose is ${left.join(", ")}? No film without a poster has that name: drop it on its film’s card, or try it alone under Poster.` : "");
}

/** Sends films, files one after another, and links meanwhile. */
function analyse(films) {
  const cards = new Map(films.toReversed().map((film) => [film, addCard(film)]));
  const inTurn = async (some) => {
    for (const film of some) await start(film, cards.get(film));
  };
  inTurn(films.filter(({ file }) => !file));
  inTurn(films.filter(({ file }) => file));
  if (staging.root.hidden) heading.focus();
}

/** Turns a film into a job; gives it back to the staged ones where it is refused. */
async function start(film, { card, stop }) {
  if (stop.signal.aborted) return;
  try {
    const asked = await film.toBody((share) => showUpload(card, share), stop.signal);
    const { body } = await send("POST", "/v1/jobs", { body: asked, signal: stop.signal });
    jobs.querySelector(`[data-job="${body.job_id}"]`)?.remove();
    startJob(card, body);
    staging.remove(film);
  } catch (error) {
    if (!stop.signal.aborted) giveBack(film, card, error);
  }
  keep();
}

function giveBack(film, card, error) {
  card.remove();
  staging.giveBack(film, error);
  if (document.activeElement === heading) film.focus();
  keep();
}

function addCard(film) {
  const card = newCard(film.name, film.link);
  const stop = new AbortController();
  card.addEventListener("cancel-upload", () => {
    stop.abort();
    giveBack(film, card, null);
    film.focus();
  });
  jobs.hidden = false;
  part(jobs, "jobs").prepend(card);
  return { card, stop };
}

/** Has the server show the jobs of these cards, and those of other tabs, again when the page is next loaded. */
function keep() {
  const cards = [...jobs.querySelectorAll(".job")];
  const ids = cards.map((card) => card.dataset.job).filter(Boolean);
  for (const id of ids) shown.add(id);
  const others = (document.cookie.match(/trailers_jobs=([0-9a-f.]+)/)?.[1].split(".") ?? []).filter((id) => !shown.has(id));
  document.cookie = `trailers_jobs=${[...ids, ...others].slice(0, MAX_KEPT).join(".")}; path=/; SameSite=Strict`;
  jobs.hidden = !cards.length;
}

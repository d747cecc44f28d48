// Owns the first page's form: each link or file given becomes a job with a live card.
import { ask, upload } from "./api.js";
import { startDrop } from "./drop-zone.js";
import { adoptCard, newCard, showRefusal, showUpload, startJob } from "./job-card.js";
import { part } from "./parts.js";

const form = document.querySelector("[data-submit]");
const jobs = document.querySelector("[data-jobs]");
const wrong = part(form, "wrong");
const field = form.elements.source;
const poster = part(form, "poster");
const preview = part(form, "poster-preview");

for (const card of jobs.querySelectorAll(".job")) adoptCard(card);
startDrop(form.querySelector("[data-drop]"), (files) => files.forEach(submitFile));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submitLink(field.value.trim());
});
field.addEventListener("input", () => complain(""));
poster.addEventListener("change", showPoster);

/** Shows the chosen poster as a data: address, which the page's policy allows. */
function showPoster() {
  preview.hidden = true;
  if (!poster.files[0]) return;
  const reader = new FileReader();
  reader.onload = () => {
    preview.src = reader.result;
    preview.hidden = false;
  };
  reader.readAsDataURL(poster.files[0]);
}

function complain(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

async function submitLink(link) {
  if (!link) {
    complain("Paste a link first, or drop a video file below.");
    field.focus();
    return;
  }
  const card = addCard(link, link);
  field.value = "";
  await start(card, async () => link);
}

async function submitFile(file) {
  const card = addCard(file.name, "");
  if (file.size > form.dataset.maxMb * 1048576) {
    showRefusal(card, { code: "too_large", message: `${file.name} has ${Math.round(file.size / 1048576)} MB.` });
    return;
  }
  const stop = new AbortController();
  card.addEventListener("cancel-upload", () => stop.abort());
  await start(card, async () => {
    const path = `/v1/uploads?name=${encodeURIComponent(file.name)}`;
    const kept = await upload(path, file, (share) => showUpload(card, share), stop.signal);
    return kept.source;
  });
}

/** Gets the job's source, then the job; what goes wrong is shown on its card. */
async function start(card, getSource) {
  try {
    const film = await readFilm();
    const { body } = await ask("POST", "/v1/jobs", { body: { source: await getSource(), ...film } });
    startJob(card, body);
  } catch (error) {
    if (error.name === "AbortError") card.remove();
    else showRefusal(card, error);
  }
}

/** Returns plot and poster where they were given; the poster's file is sent first. */
async function readFilm() {
  const film = {};
  const plot = form.elements.plot.value.trim();
  if (plot) film.plot = plot;
  if (poster.files[0]) film.poster = (await ask("POST", "/v1/posters", { body: poster.files[0] })).body.poster;
  return film;
}

function addCard(title, source) {
  const card = newCard(title, source);
  jobs.hidden = false;
  part(jobs, "jobs").prepend(card);
  return card;
}

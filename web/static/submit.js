// Owns the first page's form: each link or file becomes a job with a live card.
import { send, upload } from "./api.js";
import { pathOf, startDrop, startPick } from "./drop-zone.js";
import { FilmFields, sendFilm } from "./film-fields.js";
import { adoptCard, newCard, showRefusal, showUpload, startJob } from "./job-card.js";
import { sendList, sortFiles } from "./list-upload.js";
import { part } from "./parts.js";

const form = document.querySelector("[data-submit]");
const jobs = document.querySelector("[data-jobs]");
const wrong = part(form, "wrong");
const field = form.elements.source;
const APART = /[\s,;|]+(?=https?:\/\/|(?:www\.|m\.)?youtu(?:be\.com|\.be)\/)|(?<=[A-Za-z0-9])(?=https?:\/\/)/i; // where the next of several pasted links begins
const film = new FilmFields(part(form, "film"));

for (const card of jobs.querySelectorAll(".job")) adoptCard(card);
startDrop(form.querySelector("[data-drop]"), submitFiles);
startPick(form.querySelector("[data-folder]"), submitFiles);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submitLinks(splitLinks(field.value.trim()));
});
field.addEventListener("input", () => complain(""));

function complain(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Returns the pasted links, each with the words beside it; a text with one link or none stays whole. */
function splitLinks(text) {
  const links = text.split(APART).filter((piece) => /:\/\/|youtu/i.test(piece));
  return links.length > 1 ? links : [text];
}

/** Submits each link; refuses several with one film's fields. */
function submitLinks(links) {
  if (!links[0]) {
    complain("Paste a link first, or choose a video file below.");
    field.focus();
  } else if (links.length > 1 && film.filled) {
    film.complain("What you know belongs to one film: give one link, or clear the fields first.");
  } else {
    field.value = "";
    for (const link of links) start(addCard(link, link), link, async () => link);
  }
}

/** Submits each file, of folders the videos, or all with a list among them; refuses several with one film's fields. */
function submitFiles(files) {
  const { lists, videos } = sortFiles(files);
  const chosen = files.filter((file) => videos.includes(file) || !pathOf(file).includes("/"));
  if (files.length > 1 && film.filled) {
    film.complain("What you know belongs to one film: choose one file, or clear the fields first.");
  } else if (lists.length) sendList(files);
  else chosen.forEach(submitFile);
}

async function submitFile(file) {
  const card = addCard(file.name, "");
  if (file.size > form.dataset.maxMb * 1048576) {
    showRefusal(card, { code: "too_large", message: `${file.name} has ${Math.round(file.size / 1048576)} MB.` });
    return;
  }
  const stop = new AbortController();
  card.addEventListener("cancel-upload", () => stop.abort());
  await start(card, file.name, async () => {
    const path = `/v1/uploads?name=${encodeURIComponent(file.name)}`;
    const { source } = await upload(path, file, (share) => showUpload(card, share), stop.signal);
    return source;
  });
}

/** Gets the job's source and submits the job with what is known of the film; shows errors on its card. */
async function start(card, title, getSource) {
  const taken = film.take();
  try {
    const fields = await sendFilm(taken);
    const { body } = await send("POST", "/v1/jobs", { body: { source: await getSource(), ...fields } });
    startJob(card, body);
  } catch (error) {
    film.giveBack(taken, title);
    if (error.name === "AbortError") card.remove();
    else showRefusal(card, error);
  }
}

function addCard(title, source) {
  const card = newCard(title, source);
  jobs.hidden = false;
  part(jobs, "jobs").prepend(card);
  return card;
}

// Owns the sending of a list with the videos that its rows name: the videos one after another, then the list.
import { upload } from "./api.js";
import { pathOf } from "./drop-zone.js";
import { advise, showFailure } from "./failure.js";
import { copy, part, say } from "./parts.js";

const panel = document.querySelector("[data-list-upload]");
const VIDEOS = panel.dataset.videos.split(" ");
const TABLES = panel.dataset.tables.split(" ");
const TEXTS = panel.dataset.texts.split(" "); // a list only where there is no table: else a note beside it
const sent = new Map(); // uploads by file, so that a corrected list does not send them again
let busy = false;

/** Returns the lists and the videos among files, without what macOS and Excel hide beside them. */
export function sortFiles(all) {
  const files = all.filter((file) => !/^(\.|~\$)/.test(file.name));
  const tables = files.filter((file) => TABLES.includes(suffixOf(file)));
  const texts = files.filter((file) => TEXTS.includes(suffixOf(file)));
  const videos = files.filter((file) => VIDEOS.includes(suffixOf(file)));
  return { lists: tables.length ? tables : texts, videos: videos.sort((a, b) => pathOf(a).localeCompare(pathOf(b))) };
}

/** Sends the one list among files after the videos among them, and opens its batch; where anything failed, it only offers to. */
export async function sendList(files) {
  const { lists, videos } = sortFiles(files);
  if (busy) return;
  begin();
  if (lists.length !== 1) {
    const found = lists.length ? `There are several lists: ${lists.map(pathOf).join(", ")}.` : `None of these files is a list: ${TABLES.concat(TEXTS).join(", ")}.`;
    showFailure(part(panel, "failure"), { code: "bad_source", message: `${found} Give one list, with the videos that it names.` });
    return;
  }
  busy = true;
  try {
    await sendAll(lists[0], videos);
  } catch (error) {
    say(panel, "state", "Nothing was started.");
    showFailure(part(panel, "failure"), error);
  } finally {
    busy = false;
  }
}

function begin() {
  panel.hidden = false;
  part(panel, "open").hidden = true;
  part(panel, "files").replaceChildren();
  say(panel, "state", "");
  showFailure(part(panel, "failure"), null);
  panel.scrollIntoView({ block: "nearest" });
}

async function sendAll(list, videos) {
  const rows = videos.map(addRow);
  const uploads = {};
  let failed = 0;
  for (const [place, video] of videos.entries()) {
    say(panel, "state", `Sending video ${place + 1} of ${videos.length}; nothing starts before the list is sent.`);
    const id = await sendVideo(video, rows[place]);
    if (id) uploads[pathOf(video)] = id;
    else failed += 1;
  }
  const batch = await postList(list, uploads);
  const address = `/batches/${encodeURIComponent(batch.batch_id)}`;
  if (!failed) location.assign(address);
  say(panel, "state", `The list is sent; ${failed} of ${videos.length} videos could not be, and their rows say so.`);
  part(panel, "open").href = address;
  part(panel, "open").hidden = false;
}

/** Sends a video and returns its upload's id; tells on its row why it can't be sent, and returns null. */
async function sendVideo(video, row) {
  const key = `${pathOf(video)}|${video.size}|${video.lastModified}`;
  const limit = Number(panel.dataset.maxMb);
  try {
    if (video.size > limit * 1048576) throw { code: "too_large" };
    if (!sent.has(key)) {
      const { upload: id } = await upload(`/v1/uploads?name=${encodeURIComponent(video.name)}`, video, (share) => showShare(row, share));
      sent.set(key, id);
    }
    showShare(row, 1);
    say(row, "note", "sent");
    return sent.get(key);
  } catch (error) {
    row.classList.add("bad");
    say(row, "note", `${advise(error.code).meaning} (${error.code})`);
    return null;
  }
}

async function postList(list, uploads) {
  const form = new FormData();
  form.append("file", list, list.name);
  form.append("uploads", JSON.stringify(uploads));
  return upload(`/v1/batches?name=${encodeURIComponent(list.name)}`, form, (share) => {
    say(panel, "state", share < 1 ? `Sending the list, ${Math.round(share * 100)} %` : "Reading the rows…");
  });
}

function addRow(video) {
  const row = copy("sent-file");
  say(row, "name", pathOf(video));
  part(row, "progress").setAttribute("aria-label", `Sent of ${pathOf(video)}`);
  part(panel, "files").append(row);
  return row;
}

function showShare(row, share) {
  part(row, "progress").value = share;
  say(row, "note", `${Math.round(share * 100)} %`);
}

function suffixOf(file) {
  return file.name.split(".").pop().toLowerCase();
}

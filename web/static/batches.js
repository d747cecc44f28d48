// Owns the upload of lists, and the bars of running batches.
import { upload } from "./api.js";
import { followBatch } from "./batch-bar.js";
import { startDrop } from "./drop-zone.js";
import { showFailure } from "./failure.js";
import { part } from "./parts.js";

const TYPES = {
  csv: "text/csv", tsv: "text/csv", txt: "text/plain", md: "text/plain", json: "application/json", jsonl: "application/jsonl", ndjson: "application/jsonl",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ods: "application/vnd.oasis.opendocument.spreadsheet", xls: "application/octet-stream",
};
const zone = document.querySelector("[data-batch-drop]");
const notice = document.querySelector("[data-notice]");
const state = part(zone, "state");
const invitation = state.textContent;

startDrop(zone, (files) => send(files[0]));
for (const batch of document.querySelectorAll("[data-batch][data-live]")) followBatch(batch);

async function send(file) {
  const type = TYPES[file.name.split(".").pop().toLowerCase()];
  if (!type) {
    refuse({ code: "bad_source", message: `${file.name} is not a csv, tsv, txt, json, jsonl, xlsx or ods file.` });
    return;
  }
  showFailure(notice, null);
  try {
    const bytes = new File([file], file.name, { type });
    const batch = await upload(`/v1/batches?name=${encodeURIComponent(file.name)}`, bytes, (share) => {
      state.textContent = share < 1 ? `uploading, ${Math.round(share * 100)} %` : "reading the rows…";
    });
    location.assign(`/batches/${encodeURIComponent(batch.batch_id)}`);
  } catch (error) {
    refuse(error);
  }
}

function refuse(error) {
  state.textContent = invitation;
  showFailure(notice, error);
}

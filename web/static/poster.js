// Owns the poster try-out: shows the picture, requests its genres, follows the job until a worker has predicted them.
import { showResult, showBusy, showError } from "./result.js";
import { send } from "./api.js";
import { startDrop } from "./drop-zone.js";
import { follow } from "./events.js";
import { part } from "./parts.js";
import { isFinished } from "./stages.js";

const root = document.querySelector("[data-poster]");
let latest = 0;

startDrop(root.querySelector("[data-drop]"), (files) => predict(files[0]));

async function predict(file) {
  const turn = (latest += 1);
  show(file);
  showBusy(root, true);
  part(root, "waiting").hidden = true;
  try {
    const { status, body } = await send("POST", "/v1/posters/predict", { body: file });
    if (status === 202) wait(body, turn);
    else settle(turn, () => showResult(root, body));
  } catch (error) {
    settle(turn, () => showError(root, error));
  }
}

function wait(job, turn) {
  follow(`/v1/jobs/${encodeURIComponent(job.job_id)}`, "job", (state) => {
    if (!isFinished(state.stage)) return;
    if (state.result) settle(turn, () => showResult(root, state.result));
    else settle(turn, () => showError(root, state.error ?? { code: "cancelled", message: "" }));
  }, (state) => isFinished(state.stage) || turn !== latest);
}

/** Shows a result unless another poster was chosen meanwhile. */
function settle(turn, showIt) {
  if (turn !== latest) return;
  showBusy(root, false);
  showIt();
}

/** Shows the picture as a data: address, which the page's policy allows. */
function show(file) {
  const reader = new FileReader();
  const preview = part(root, "preview");
  reader.onload = () => {
    preview.src = reader.result;
    preview.hidden = false;
    part(root, "empty").hidden = true;
  };
  reader.readAsDataURL(file);
}

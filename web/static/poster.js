// Owns the poster try-out: shows the picture, asks for its genres, follows the job if nobody has looked at it yet.
import { showAnswer, showBusy, showNoAnswer } from "./answer.js";
import { ask } from "./api.js";
import { startDrop } from "./drop-zone.js";
import { follow } from "./events.js";
import { part } from "./parts.js";

const FINISHED = ["done", "failed", "cancelled", "dead"];
const root = document.querySelector("[data-poster]");
let latest = 0;

startDrop(root.querySelector("[data-drop]"), (files) => judge(files[0]));

async function judge(file) {
  const turn = (latest += 1);
  show(file);
  showBusy(root, true);
  part(root, "waiting").hidden = true;
  try {
    const { status, body } = await ask("POST", "/v1/posters/predict", { body: file });
    if (status === 202) wait(body, turn);
    else settle(turn, () => showAnswer(root, body));
  } catch (error) {
    settle(turn, () => showNoAnswer(root, error));
  }
}

function wait(job, turn) {
  follow(`/v1/jobs/${encodeURIComponent(job.job_id)}`, "job", (state) => {
    if (!FINISHED.includes(state.stage)) return;
    if (state.result) settle(turn, () => showAnswer(root, state.result));
    else settle(turn, () => showNoAnswer(root, state.error ?? { code: "cancelled", message: "" }));
  }, (state) => FINISHED.includes(state.stage) || turn !== latest);
}

/** Shows an answer unless another poster was given since. */
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

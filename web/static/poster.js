// Owns the poster try-out: shows the picture, requests its genres, follows the job until a worker has predicted them.
import { showResult, showBusy, showError } from "./result.js";
import { startDrop } from "./drop-zone.js";
import { part } from "./parts.js";
import { predict } from "./prediction.js";

const root = document.querySelector("[data-poster]");
let latest = 0;

startDrop(root.querySelector("[data-drop]"), (files) => tryOut(files[0]));

async function tryOut(file) {
  const turn = (latest += 1);
  show(file);
  showBusy(root, true);
  part(root, "waiting").hidden = true;
  try {
    const result = await predict("/v1/posters/predict", { body: file }, () => turn === latest);
    settle(turn, () => showResult(root, result));
  } catch (error) {
    settle(turn, () => showError(root, error));
  }
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

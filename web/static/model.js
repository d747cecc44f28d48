// Owns the page of a model: its charts, the threshold that is tried, its measurement, and decisions about its use.
import { send } from "./api.js";
import { mark, startCharts } from "./chart.js";
import { noticeAt, showFailure } from "./failure.js";
import { announce, say } from "./parts.js";

const POLL_MS = 2000;
const actions = document.querySelector("[data-model]");
const REQUESTS = {
  use: (why) => ["PATCH", `/v1${actions.dataset.model}`, { state: "in_use", why }],
  retire: (why) => ["PATCH", `/v1${actions.dataset.model}`, { state: "retired", why }],
  rollback: (why) => ["POST", "/v1/models/rollback", { why }],
};

startCharts();
startTrying(document.querySelector("[data-try]"));
startMeasuring(document.querySelector("[data-measure]"));
for (const button of actions.querySelectorAll("[data-open]")) startDecision(button);

/** Shows what a threshold would bring as the slider moves, from the table behind the chart. */
function startTrying(root) {
  if (!root) return;
  const slider = root.querySelector("input");
  const reset = root.querySelector("[data-reset]");
  const byThreshold = document.getElementById("by-threshold");
  const curve = document.getElementById("precision-recall");
  const rows = byThreshold.querySelector("details tbody").rows;
  const show = () => {
    const row = rows[Number(slider.value)];
    const [threshold, precision, recall] = [...row.cells].map((cell) => cell.textContent);
    slider.setAttribute("aria-valuetext", threshold);
    say(root, "threshold", threshold);
    say(root, "precision", precision ? Number(precision).toFixed(2) : "–");
    say(root, "recall", Number(recall).toFixed(2));
    say(root, "n", row.dataset.n);
    reset.disabled = slider.value === slider.dataset.model;
    mark(byThreshold, threshold);
    if (precision) mark(curve, recall, precision);
  };
  slider.addEventListener("input", show);
  reset.addEventListener("click", () => {
    slider.value = slider.dataset.model;
    slider.focus();
    show();
  });
  if (slider.value !== slider.dataset.model) show(); // a browser restores what was tried
}

/** Has the model measured, and shows the page again when it is. */
function startMeasuring(button) {
  if (button.disabled) waitForFigures(button.dataset.measure);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send("POST", `/v1${button.dataset.measure}/measure`);
      location.reload();
    } catch (error) {
      button.disabled = false;
      showFailure(noticeAt(button), error);
    }
  });
}

async function waitForFigures(address) {
  const was = document.querySelector("[data-measurement]").dataset.measurement;
  try {
    const { body } = await send("GET", `/v1${address}/measurement`);
    if (body.state !== was) return location.reload();
  } catch { /* asked again */ }
  setTimeout(waitForFigures, POLL_MS, address);
}

/** Opens the dialog of a decision, and carries it out when it is confirmed. */
function startDecision(button) {
  const action = button.dataset.open;
  const dialog = document.querySelector(`dialog[data-action="${action}"]`);
  const go = dialog.querySelector("[data-go]");
  button.addEventListener("click", () => {
    showFailure(dialog.querySelector("[data-notice]"), null);
    dialog.showModal();
  });
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    if (event.submitter !== go) return;
    event.preventDefault();
    go.disabled = true;
    try {
      const [method, path, body] = REQUESTS[action](dialog.querySelector("[name=why]").value.trim());
      await send(method, path, { body });
      announce("Done");
      location.reload();
    } catch (error) {
      go.disabled = false;
      showFailure(dialog.querySelector("[data-notice]"), error);
    }
  });
}

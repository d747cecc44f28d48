// Owns the review page around its trailer: what was saved last and its undoing, what waits to be sent, and the keys.
import { showFailure } from "./failure.js";
import { connectKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { part, say } from "./parts.js";
import { ReviewForm } from "./review-form.js";
import { lastDone, rememberDone } from "./trail.js";
import { connectUndo, takeBack } from "./undo-review.js";

const page = document.querySelector("[data-reviewer]");
const notice = page.querySelector("[data-notice]");
const work = page.querySelector("[data-review]");
const outbox = new Outbox(page.dataset.reviewer, showWaiting);
const form = work && new ReviewForm(work, outbox, { tell, fail });

tell(lastDone()?.text, Boolean(lastDone()?.reviewId));
if (!lastDone()?.reviewId) rememberDone(null); // told once
connectUndo();
part(page, "undo").addEventListener("click", undo);
part(page, "again").addEventListener("click", () => outbox.sendNow());
connectKeys({ ...form?.keys, u: undo }, [...(form?.once ?? []), "u"]);
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // its decisions are old by now
form?.restore();
for (const [trailerId, entry] of outbox.onItsWay) if (trailerId !== work?.dataset.review) sendLate(trailerId, entry);

/** Tells what happened last, and whether it can be undone. */
function tell(text, canUndo = false) {
  say(page, "saved-text", text ?? "Nothing is saved until you say so.");
  part(page, "saved").classList.toggle("done", canUndo);
  part(page, "saved").classList.remove("waiting");
  part(page, "undo").hidden = !canUndo;
  part(page, "again").hidden = true;
  showFailure(notice, null);
}

function showWaiting(seconds, error) {
  tell(`Not saved yet. ${error.message} Kept in this browser, sent again in ${seconds} s.`);
  part(page, "saved").classList.add("waiting");
  part(page, "again").hidden = false;
}

function fail(error) {
  tell("Not saved; what you chose is still there.");
  part(page, "saved").classList.add("waiting");
  showFailure(notice, error);
}

/** Sends what an earlier page could not. */
async function sendLate(trailerId, entry) {
  try {
    const { review_id: reviewId } = await outbox.deliver(trailerId, entry);
    tell(`${entry.text}, which was still on its way.`);
    rememberDone({ trailerId, entry, reviewId, text: entry.text });
  } catch (error) {
    fail(error);
  }
}

/** Takes the last review back, and shows its trailer again with what was chosen. */
async function undo() {
  const done = lastDone();
  if (!done?.reviewId || part(page, "undo").disabled) return;
  part(page, "undo").disabled = true;
  try {
    await takeBack(done.trailerId, done.reviewId, (path, body) => outbox.post(path, body));
    outbox.keep(done.trailerId, { ...done.entry, path: undefined, body: undefined });
    rememberDone({ text: `Undone: ${done.entry.title} waits for review again.` });
    location.assign(`/review?trailer=${encodeURIComponent(done.trailerId)}`);
  } catch (error) {
    showFailure(notice, error);
    part(page, "undo").disabled = false;
  }
}

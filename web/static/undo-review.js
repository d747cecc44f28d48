// Owns the button that takes back a trailer's last review.
import { send } from "./api.js";
import { noticeAt, showFailure } from "./failure.js";

/** Connects the page's button, if it has one; afterwards the page shows the trailer as it then is. */
export function connectUndo() {
  const button = document.querySelector("[data-undo-review]");
  button?.addEventListener("click", () => undo(button));
}

async function undo(button) {
  button.disabled = true;
  const { reviewed } = button.closest("[data-reviewed]").dataset;
  try {
    const body = { review_id: button.dataset.undoReview };
    await send("POST", `/v1/trailers/${encodeURIComponent(reviewed)}/review/undo`, { body });
    location.reload();
  } catch (error) {
    showFailure(noticeAt(button), error);
    button.disabled = false;
  }
}

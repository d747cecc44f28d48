// Owns the undoing of a trailer's last review, and the button for it.
import { send } from "./api.js";
import { noticeAt, showFailure } from "./failure.js";

/** Connects the page's button, if it has one; afterwards the page shows the trailer as it then is. */
export function connectUndo() {
  const button = document.querySelector("[data-undo-review]");
  button?.addEventListener("click", () => undo(button));
}

/** Takes a review back; one that is undone by now, as the response that said so was lost, is well. */
export async function takeBack(trailerId, reviewId, post = (path, body) => send("POST", path, { body })) {
  const trailer = `/v1/trailers/${encodeURIComponent(trailerId)}`;
  try {
    await post(`${trailer}/review/undo`, { review_id: reviewId });
  } catch (error) {
    const { body } = await send("GET", `${trailer}/reviews`);
    if (!body.reviews.some((review) => review.review_id === reviewId && review.undone_at)) throw error;
  }
}

async function undo(button) {
  button.disabled = true;
  const { reviewed } = button.closest("[data-reviewed]").dataset;
  try {
    await takeBack(reviewed, button.dataset.undoReview);
    location.reload();
  } catch (error) {
    showFailure(noticeAt(button), error);
    button.disabled = false;
  }
}

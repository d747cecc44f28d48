// Owns the result of a try-out: its genres, its warnings, and the state until it is there.
import { showFailure } from "./failure.js";
import { showGenres } from "./genre-rows.js";
import { announce, make, part } from "./parts.js";

const SHOWN = 8;

/** Shows {genres, warnings}. */
export function showResult(root, { genres, warnings = [] }) {
  part(root, "waiting").hidden = true;
  showFailure(root.querySelector("[data-notice]"), null);
  showGenres(part(root, "genres"), genres.slice(0, SHOWN));
  part(root, "warnings").replaceChildren(...warnings.map((text) => make("li", "", text)));
  announce(genres.slice(0, 3).map(({ genre, score }) => `${genre} ${score.toFixed(2)}`).join(", "));
}

/** Shows an error in place of a result. */
export function showError(root, error) {
  clearResult(root);
  part(root, "waiting").hidden = true;
  showFailure(root.querySelector("[data-notice]"), error);
}

/** Goes back to the state before the first result. */
export function clearResult(root) {
  part(root, "genres").replaceChildren();
  part(root, "warnings").replaceChildren();
  part(root, "waiting").hidden = false;
  showFailure(root.querySelector("[data-notice]"), null);
}

/** Shows that a result is on its way. */
export function showBusy(root, busy) {
  root.querySelector(".panel").classList.toggle("busy", busy);
  const bar = part(root, "busy");
  if (bar) bar.hidden = !busy;
}

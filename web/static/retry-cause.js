// Owns the retry beside a cause of failures: how many jobs it takes, asked once, and why there is none.
import { make } from "./parts.js";

/** Shows the retry of a cause {code, class, n, retryable} in its row, unless it stands there already. */
export function showRetry(row, { code, class: kind, retryable }) {
  const place = row.querySelector(".retry");
  const button = place.querySelector("button");
  if (button && Number(button.dataset.n ?? 0) === retryable) return;
  const again = make("button", "small", retryable ? `Retry all ${retryable.toLocaleString("en")}` : "Retry");
  again.type = "button";
  again.append(make("span", "unseen", ` that failed with ${code}`));
  again.disabled = !retryable;
  if (retryable) Object.assign(again.dataset, { retry: code, n: retryable });
  place.replaceChildren(again);
  if (!retryable) place.append(make("span", "hint", kind === "permanent" ? "It would fail again." : "Submit the list again."));
}

/** Tells whether the button was pressed a second time; the first press asks. */
export function isSure(button) {
  if (button.dataset.sure) return true;
  button.dataset.sure = "yes";
  button.textContent = `Queue ${Number(button.dataset.n).toLocaleString("en")} again?`;
  return false;
}

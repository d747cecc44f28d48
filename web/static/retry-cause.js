// Owns the retry beside a cause of failures: how many jobs it takes, asked once, and why there is none.
import { advise } from "./failure.js";
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
  if (!retryable) place.append(make("span", "hint"));
  if (!retryable) place.lastChild.append(...explain(code, kind));
}

/** Returns why a retry of a cause takes no job, and the way out. */
function explain(code, kind) {
  if (kind !== "permanent") return ["Submit the list again."];
  if (!advise(code).mendable) return ["It would fail again."];
  return ["Once that is done: ", make("code", "", `trailers jobs retry --code ${code} --force`)];
}

/** Tells whether the button was pressed a second time; the first press asks. */
export function isSure(button) {
  if (button.dataset.sure) return true;
  button.dataset.sure = "yes";
  button.textContent = `Queue ${Number(button.dataset.n).toLocaleString("en")} again?`;
  return false;
}

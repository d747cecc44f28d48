// Owns how a failure is shown: what the code means, the message, what to do.
import { part, read, say } from "./parts.js";

const block = document.getElementById("advice");
const ADVICE = block ? read(block) : {};
const UNKNOWN = { meaning: "It did not work", step: "Try again. If it persists, report it with the job’s id." };

/** Returns {meaning, step} of an error code. */
export function advise(code) {
  if (code === "offline") return { meaning: "The service is not available", step: "Nothing is lost: try again in a while." };
  if (code === "bad_request") return { meaning: "Something in it is not valid", step: "Change it, and try again." };
  return ADVICE[code] ?? UNKNOWN;
}

/** Returns the notice that is nearest around an element; a page may have several. */
export function noticeAt(element) {
  return element.closest(":has([data-notice])").querySelector("[data-notice]");
}

/** Fills the failure's parts under `root` and shows it; null hides it. */
export function showFailure(root, error) {
  if (!root) return;
  root.hidden = !error;
  if (!error) return;
  const advice = advise(error.code);
  say(root, "meaning", advice.meaning);
  say(root, "code", error.code);
  say(root, "message", error.message);
  if (part(root, "step")) say(root, "step", advice.step);
}

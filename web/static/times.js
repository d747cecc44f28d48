// Owns how times read: "3 min ago" or, of what is to come, "14:05" on the page, the full date on hover.
const LENGTHS = [["days", 86400], ["hr.", 3600], ["min.", 60]];
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** Rewrites each <time data-ago> and <time data-at> under `root`, now and every minute. */
export function startTimes(root = document) {
  rewriteTimes(root);
  setInterval(() => rewriteTimes(root), 60_000);
}

/** Rewrites each <time data-ago> and <time data-at> under `root` once. */
export function rewriteTimes(root) {
  for (const time of root.querySelectorAll("time[data-ago], time[data-at]")) {
    const moment = new Date(time.dateTime);
    time.title = moment.toLocaleString();
    time.textContent = "at" in time.dataset ? at(moment) : ago(moment);
  }
}

/** Returns a moment by the reader's clock: 14:05, and its day where that is another. */
function at(moment) {
  const today = moment.toDateString() === new Date().toDateString();
  return moment.toLocaleString("en-GB", { hour: "2-digit", minute: "2-digit", ...(!today && { day: "numeric", month: "short" }) });
}

function ago(moment) {
  const seconds = (Date.now() - moment.getTime()) / 1000;
  if (seconds > 30 * 86400) return moment.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const step = STEPS.find(([, length]) => seconds >= length);
  return step ? words.format(-Math.floor(seconds / step[1]), step[0]) : "just now";
}

/** Returns seconds as a player's clock shows them: 1:05, or 1:02:05. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Returns how long something took, as the page says it: 40 s, 12 min., 3.5 hr., 2 days. */
export function lasting(seconds) {
  const step = LENGTHS.find(([, length]) => seconds >= length);
  if (!step) return `${seconds.toFixed(0)} s`;
  const n = seconds / step[1];
  return `${n >= 10 || step[0] === "min." ? n.toFixed(0) : Number(n.toPrecision(2))} ${step[0]}`;
}

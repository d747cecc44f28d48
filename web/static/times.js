// Owns how times read: "3 min ago" on the page, the full date on hover.
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** Rewrites each <time data-ago> under `root`, now and every minute. */
export function startTimes(root = document) {
  rewriteTimes(root);
  setInterval(() => rewriteTimes(root), 60_000);
}

/** Rewrites each <time data-ago> under `root` once. */
export function rewriteTimes(root) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    time.title = moment.toLocaleString();
    time.textContent = ago(moment);
  }
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

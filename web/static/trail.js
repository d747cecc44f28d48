// Owns the way through the queue in this tab: the trailers that were shown, and what was done last.
const MOST = 200;

/** Returns {before, after} of a trailer; one that the queue shows is the last of the trail. */
export function follow(trailerId, isQueued) {
  let trail = read("review trail") ?? [];
  if (isQueued || !trail.includes(trailerId)) trail = [...trail.filter((each) => each !== trailerId), trailerId];
  write("review trail", trail.slice(-MOST));
  const place = trail.indexOf(trailerId);
  return { before: trail[place - 1], after: trail[place + 1] };
}

/** Returns what was done last, with the `text` that says so; null if nothing was. */
export function lastDone(name = "review done") {
  return read(name);
}

/** Remembers what was done last, for the page that comes next. */
export function rememberDone(done, name = "review done") {
  write(name, done);
}

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch { /* without it each page is a new beginning */ }
}

// Owns following a job or a batch: by server-sent events, or by polling where they don't get through.
import { send } from "./api.js";

const POLL_MS = 2000;
const POLLED = 4; // at that pace: more share it, below the limit of requests a minute
const MAX_STREAMS = 2; // a browser allows six connections to a host, in all tabs together
const polls = new Set();
let streams = 0;

/**
 * Calls `onState` with each new state of `path` until `isFinished` says so; returns a function that stops it.
 * @param {string} path such as /v1/jobs/ID
 * @param {string} name of the event, "job" or "batch"
 */
export function follow(path, name, onState, isFinished) {
  let timer = 0;
  let stopped = false;
  let source = null;
  const close = () => {
    if (source) streams -= 1;
    source?.close();
    source = null;
  };
  const stop = () => {
    stopped = true;
    polls.delete(poll);
    close();
    clearTimeout(timer);
  };
  const take = (state) => {
    if (stopped) return;
    onState(state);
    if (isFinished(state)) stop();
  };
  const wait = () => {
    polls.add(poll);
    timer = setTimeout(poll, POLL_MS * Math.max(1, polls.size / POLLED));
  };
  const poll = async () => {
    try {
      take((await send("GET", path)).body);
    } catch (error) {
      if (error.status === 404) stop();
    }
    if (!stopped) wait();
  };
  const fallBack = () => {
    if (stopped || source?.readyState !== EventSource.CLOSED) return; // else the browser reconnects by itself
    close();
    wait();
  };
  if (streams >= MAX_STREAMS) wait();
  else {
    streams += 1;
    source = new EventSource(`${path}/events`);
    source.addEventListener(name, (event) => take(JSON.parse(event.data)));
    source.addEventListener("error", fallBack);
  }
  return stop;
}

// Owns following a job or a batch: server-sent events, and asking again where they don't get through.
import { ask } from "./api.js";

const ASK_AGAIN_MS = 2000;

/**
 * Calls `onState` with each new state of `path` until `isFinished` says so; returns a function that stops it.
 * @param {string} path such as /v1/jobs/ID
 * @param {string} name of the event, "job" or "batch"
 */
export function follow(path, name, onState, isFinished) {
  const source = new EventSource(`${path}/events`);
  let timer = 0;
  let stopped = false;
  const stop = () => {
    stopped = true;
    source.close();
    clearTimeout(timer);
  };
  const take = (state) => {
    if (stopped) return;
    onState(state);
    if (isFinished(state)) stop();
  };
  const poll = async () => {
    try {
      take((await ask("GET", path)).body);
    } catch (error) {
      if (error.status === 404) stop();
    }
    if (!stopped) timer = setTimeout(poll, ASK_AGAIN_MS);
  };
  source.addEventListener(name, (event) => take(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (stopped || timer || source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(poll, ASK_AGAIN_MS);
  });
  return stop;
}

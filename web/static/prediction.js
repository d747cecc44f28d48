// Owns the request for a prediction of a try-out: there at once, or by a worker, whose job it follows.
import { send } from "./api.js";
import { follow } from "./events.js";
import { isFinished } from "./stages.js";

/**
 * Gives the prediction for a poster or a plot, and fails as the request or the job does.
 * @param {() => boolean} isCurrent whether anybody still waits for it; a job that nobody waits for is left to itself
 */
export async function predict(path, options, isCurrent) {
  const { status, body } = await send("POST", path, options);
  return status === 202 ? waitFor(body, isCurrent) : body;
}

function waitFor(job, isCurrent) {
  return new Promise((resolve, reject) => {
    follow(`/v1/jobs/${encodeURIComponent(job.job_id)}`, "job", (state) => {
      if (!isFinished(state.stage)) return;
      if (state.result) resolve(state.result);
      else reject(state.error ?? { code: "cancelled", message: "" });
    }, (state) => isFinished(state.stage) || !isCurrent());
  });
}

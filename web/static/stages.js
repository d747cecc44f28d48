// Owns the stages of jobs, as base.html hands them over from the server.
import { read } from "./parts.js";

/** `finished` are the stages in which nothing happens any more, `steps` those of a job that goes well, `tones` by stage. */
export const STAGES = read(document.getElementById("stages"));

/** Tells whether nothing happens any more in a stage. */
export function isFinished(stage) {
  return STAGES.finished.includes(stage);
}

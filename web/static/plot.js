// Owns the plot try-out: predicts after a pause in typing, marks the words behind the genres.
import { clearResult, showResult, showBusy, showError } from "./result.js";
import { make, part, debounce, say } from "./parts.js";
import { predict } from "./prediction.js";

const PAUSE_MS = 450;
const MIN_WORDS = 3;
const root = document.querySelector("[data-plot]");
const text = part(root, "text");
let request = null;

const predictSoon = debounce(tryOut, PAUSE_MS);
text.addEventListener("input", () => {
  count();
  predictSoon();
});
count();
if (text.value.trim()) tryOut();

function countWords() {
  return text.value.trim().split(/\s+/).filter(Boolean).length;
}

function count() {
  const n = countWords();
  say(root, "count", `${n} ${n === 1 ? "word" : "words"}`);
}

/** Predicts the current text; an older request is aborted. */
async function tryOut() {
  request?.abort();
  const plot = text.value;
  if (countWords() < MIN_WORDS) {
    clearResult(root);
    part(root, "why").hidden = true;
    return;
  }
  const mine = new AbortController();
  request = mine;
  showBusy(root, true);
  try {
    const options = { body: { plot }, signal: mine.signal };
    const result = await predict("/v1/plots/predict", options, () => request === mine);
    if (request !== mine) return;
    showResult(root, result);
    showWords(plot, result.words ?? []);
    showBusy(root, false);
  } catch (error) {
    if (error.name === "AbortError" || request !== mine) return;
    showBusy(root, false);
    part(root, "why").hidden = true;
    showError(root, error);
  }
}

function showWords(plot, words) {
  part(root, "why").hidden = !words.length;
  const driving = new Set(words.map(({ word }) => word.toLowerCase()));
  const pieces = plot.split(/([^\p{L}\p{N}_'’-]+)/u).filter(Boolean);
  const shown = pieces.map((piece) => (driving.has(piece.toLowerCase()) ? make("mark", "", piece) : piece));
  part(root, "marked").replaceChildren(...shown);
  part(root, "words").replaceChildren(...words.slice(0, 12).map(toItem));
}

function toItem({ genre, word, weight }) {
  const item = document.createElement("li");
  item.append(make("mark", "", word), ` ${genre} `, make("b", "", `${weight < 0 ? "" : "+"}${weight.toFixed(1)}`));
  return item;
}

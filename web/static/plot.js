// Owns the plot try-out: asks after a pause in typing, marks the words that drove the answer.
import { clearAnswer, showAnswer, showBusy, showNoAnswer } from "./answer.js";
import { ask } from "./api.js";
import { make, part, pausing, say } from "./parts.js";

const PAUSE_MS = 450;
const MIN_WORDS = 3;
const root = document.querySelector("[data-plot]");
const text = part(root, "text");
let asked = null;

const askSoon = pausing(judge, PAUSE_MS);
text.addEventListener("input", () => {
  count();
  askSoon();
});
count();
if (text.value.trim()) judge();

function countWords() {
  return text.value.trim().split(/\s+/).filter(Boolean).length;
}

function count() {
  const n = countWords();
  say(root, "count", `${n} ${n === 1 ? "word" : "words"}`);
}

/** Asks for the present text; an older question is dropped. */
async function judge() {
  asked?.abort();
  const plot = text.value;
  if (countWords() < MIN_WORDS) {
    clearAnswer(root);
    part(root, "why").hidden = true;
    return;
  }
  asked = new AbortController();
  showBusy(root, true);
  try {
    const { body } = await ask("POST", "/v1/plots/predict", { body: { plot }, signal: asked.signal });
    showAnswer(root, body);
    showWords(plot, body.words ?? []);
    showBusy(root, false);
  } catch (error) {
    if (error.name === "AbortError") return;
    showBusy(root, false);
    part(root, "why").hidden = true;
    showNoAnswer(root, error);
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

// Owns the words of a trailer on the review page: which are ticked, which row is the current one, and words that are added.
import { copy, part, say } from "./parts.js";

const DIGITS = 9;

export class WordList {
  #added = new Set();

  /** @param {HTMLElement} root  @param {() => void} onChange  @param {(row: HTMLElement) => void} onChoose called with each new current row */
  constructor(root, onChange, onChoose) {
    this.root = root;
    this.onChange = onChange;
    this.onChoose = onChoose;
    root.addEventListener("change", (event) => this.#changed(event.target.closest(".decision")));
    root.addEventListener("focusin", (event) => this.choose(event.target.closest(".decision")));
    root.addEventListener("click", (event) => this.choose(event.target.closest(".decision")));
    this.choose(root.firstElementChild);
  }

  /** The words that are ticked. */
  get ticked() {
    return this.#rows.filter((row) => tick(row).checked).map((row) => row.dataset.word);
  }

  /** Returns the words of which all genres are said. */
  saying(isSaid) {
    return this.#rows.filter((row) => genresOf(row).every(isSaid)).map((row) => row.dataset.word);
  }

  /** The genres that the ticked words say. */
  get said() {
    return new Set(this.#rows.filter((row) => tick(row).checked).flatMap(genresOf));
  }

  /** The genres of all words that are shown. */
  get shown() {
    return new Set(this.#rows.flatMap(genresOf));
  }

  /** The words that were [ticked, unticked] by the reviewer. */
  get changes() {
    const changed = this.#rows.filter((row) => tick(row).checked !== this.#atFirst(row));
    return [true, false].map((now) => changed.filter((row) => tick(row).checked === now).map((row) => row.dataset.word));
  }

  choose(row) {
    if (!row || row.classList.contains("current")) return;
    this.root.querySelector(".current")?.classList.remove("current");
    row.classList.add("current");
    this.onChoose(row);
  }

  move(by) {
    const rows = this.#rows;
    const row = rows[Math.min(Math.max(rows.indexOf(this.root.querySelector(".current")) + by, 0), rows.length - 1)];
    if (!row) return;
    tick(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  /** Ticks or unticks the row of a digit. */
  toggle(digit) {
    const row = this.#rows[digit - 1];
    if (row) this.#set(row, !tick(row).checked);
  }

  toggleCurrent() {
    const row = this.root.querySelector(".current");
    if (row) this.#set(row, !tick(row).checked);
  }

  /** Ticks a word, in a new row unless it has one. */
  add(word, genres) {
    const row = this.#find(word) ?? this.#make(word, genres);
    this.#set(row, true);
    row.scrollIntoView({ block: "nearest" });
  }

  /** Ticks these words and no others. */
  tickOnly(words, genresByWord) {
    for (const row of this.#rows) tick(row).checked = words.includes(row.dataset.word);
    for (const word of words) if (!this.#find(word) && genresByWord(word)) this.#make(word, genresByWord(word));
    this.onChange();
  }

  reset() {
    for (const row of this.#rows) {
      if (this.#added.has(row)) row.remove();
      else tick(row).checked = tick(row).defaultChecked;
    }
    this.#added.clear();
    if (!this.root.querySelector(".current")) this.choose(this.root.firstElementChild);
    this.onChange();
  }

  get #rows() {
    return [...this.root.children];
  }

  #atFirst(row) {
    return !this.#added.has(row) && tick(row).defaultChecked;
  }

  #find(word) {
    return this.#rows.find((row) => row.dataset.word === word);
  }

  #set(row, checked) {
    tick(row).checked = checked;
    this.#changed(row);
  }

  #changed(row) {
    this.choose(row);
    this.onChange();
  }

  #make(word, genres) {
    const row = copy("decision");
    row.dataset.word = word;
    row.dataset.genres = JSON.stringify(genres);
    say(row, "word", word);
    say(row, "means", genres.join() === word ? "" : genres.join(", "));
    say(row, "state", "added by you");
    say(row, "digit", this.#rows.length < DIGITS ? String(this.#rows.length + 1) : "");
    this.root.append(row);
    this.#added.add(row);
    return row;
  }
}

/** Returns the genres that the word of a row stands for. */
export function genresOf(row) {
  return JSON.parse(row.dataset.genres);
}

function tick(row) {
  return part(row, "tick");
}

// Owns the staged films: a card each, none of which starts before "Analyse"; their texts outlive a reload.
import { pathOf } from "./drop-zone.js";
import { announce, part, say } from "./parts.js";
import { StagedFilm } from "./staged-film.js";

const KEY = "staged-films"; // of this tab alone: two tabs never mix their films

export class Staging {
  /**
   * @param {HTMLElement} root
   * @param {(films: StagedFilm[]) => void} onAnalyse gets the films to send, whose cards are hidden meanwhile
   */
  constructor(root, onAnalyse) {
    this.root = root;
    this.onAnalyse = onAnalyse;
    this.films = [];
    for (const record of restore()) this.#add(record);
    this.#show();
    root.addEventListener("input", () => this.#show());
    root.addEventListener("change", () => this.#show());
    root.addEventListener("click", (event) => this.#click(event.target.closest("button")));
    addEventListener("beforeunload", (event) => this.films.some((film) => film.hasFiles) && event.preventDefault());
  }

  /** Stages links; one that is there already stays one. */
  addLinks(links) {
    const before = this.films.length;
    for (const link of links) if (!this.films.some((film) => film.link === link)) this.#add({ texts: { source: link } });
    this.#tell(this.films.length - before, links.length);
  }

  /** Stages videos, and gives pictures to the films whose files have their names; returns the pictures of no film. */
  addFiles(videos, pictures) {
    const before = this.films.length;
    for (const file of videos) if (!this.films.some((film) => film.isOf(file))) this.#add({ file });
    const left = pictures.filter((picture) => !this.#givePoster(picture));
    this.#tell(this.films.length - before, videos.length);
    return left;
  }

  /** Sends all films that are ready. */
  analyse() {
    const ready = this.films.filter((film) => film.isReady);
    if (!ready.length) return;
    for (const film of ready) {
      film.showProblem(null);
      film.card.hidden = true;
    }
    this.#show();
    this.onAnalyse(ready);
  }

  /** Shows a film again that was not accepted, and why; without an error it was cancelled. */
  giveBack(film, error) {
    film.card.hidden = false;
    film.showProblem(error);
    this.#show();
  }

  remove(film) {
    film.card.remove();
    this.films = this.films.filter((each) => each !== film);
    this.#show();
  }

  get #shown() {
    return this.films.filter(({ card }) => !card.hidden);
  }

  #add(record) {
    const film = new StagedFilm(record);
    this.films.push(film);
    part(this.root, "films").append(film.card);
  }

  /** Gives a picture to the one film that has lost it or whose file has its name; tells whether there is one that has no poster yet. */
  #givePoster(picture) {
    const [film, ...more] = this.#shown.filter(({ file, lostPoster }) => picture.name === lostPoster || (file && stemOf(file) === stemOf(picture)));
    if (!film || film.poster || more.length) return false;
    film.takePoster(picture);
    return true;
  }

  #tell(n, given) {
    this.#show();
    const there = given > n ? `${given - n} ${given - n === 1 ? "is" : "are"} there already. ` : "";
    say(this.root, "state", there);
    announce(`${there}${part(this.root, "count").textContent}`);
  }

  #click(button) {
    if (button?.dataset.part === "analyse") this.analyse();
    else if (button?.dataset.part === "clear") this.#removeAll();
    else if (button?.dataset.part === "remove") this.#removeCard(button.closest(".film"));
  }

  #removeAll() {
    if (this.#shown.some((film) => film.isDescribed) && !confirm("Remove all films, and what you typed of them?")) return;
    for (const film of this.#shown) this.remove(film);
    document.getElementById("source").focus();
  }

  #removeCard(card) {
    const place = this.#shown.findIndex((film) => film.card === card);
    this.remove(this.#shown[place]);
    (this.#shown[place] ?? this.#shown[place - 1] ?? document.getElementById("source")).focus();
  }

  /** Shows how many there are, and stores them. */
  #show() {
    const n = this.#shown.length;
    const ready = this.films.filter((film) => film.isReady).length;
    this.root.hidden = !n;
    if (!n) say(this.root, "state", "");
    say(this.root, "count", `${films(n)} to analyse`);
    say(this.root, "analyse", `Analyse ${films(ready)}`);
    part(this.root, "analyse").disabled = !ready;
    store(this.films.map((film) => film.record));
  }
}

function films(n) {
  return `${n} ${n === 1 ? "film" : "films"}`;
}

/** Returns a file's path without its ending and what it is: Heat-trailer.mp4 and Heat-poster.jpg are of one film. */
function stemOf(file) {
  return pathOf(file).replace(/\.[^.]+$/, "").replace(/[-_. ]+(trailer|poster)$/i, "").toLowerCase();
}

function restore() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function store(records) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(records));
  } catch { /* not stored, but they stay until the page is left */ }
}

// Owns the fields for plot and poster: they belong to one film, go with one submission, and are empty after it.
import { send } from "./api.js";
import { part, say } from "./parts.js";

export class FilmFields {
  /** @param {HTMLDetailsElement} root */
  constructor(root) {
    this.root = root;
    this.plot = part(root, "plot");
    this.poster = part(root, "poster");
    this.plot.addEventListener("input", () => this.#showProblem(""));
    this.poster.addEventListener("change", () => this.#show());
    part(root, "clear").addEventListener("click", () => this.take());
  }

  get filled() {
    return Boolean(this.plot.value.trim() || this.poster.files.length);
  }

  /** Returns plot and poster and clears the fields, so that no other submission gets them. */
  take() {
    const film = { plot: this.plot.value.trim(), poster: this.poster.files[0] };
    this.#fill({ plot: "" });
    return film;
  }

  /** Fills the fields again with what was taken for `title`, which was refused; anything entered since then stays. */
  giveBack(film, title) {
    if (this.filled || !(film.plot || film.poster)) return;
    this.#fill(film);
    const back = !film.poster ? "plot is" : !film.plot ? "poster is" : "plot and poster are";
    this.complain(`${title} was not submitted: its ${back} back here.`);
  }

  /** Opens the fields and says what is wrong. */
  complain(text) {
    this.root.open = true;
    this.#showProblem(text);
  }

  #fill({ plot, poster }) {
    const files = new DataTransfer();
    if (poster) files.items.add(poster);
    this.plot.value = plot;
    this.poster.files = files.files;
    this.#show();
  }

  /** Shows the poster as a data: address, which the page's policy allows. */
  #show() {
    this.#showProblem("");
    const preview = part(this.root, "poster-preview");
    const [poster] = this.poster.files;
    preview.hidden = true;
    preview.removeAttribute("src");
    if (!poster) return;
    const reader = new FileReader();
    reader.onload = () => {
      if (this.poster.files[0] !== poster) return;
      preview.src = reader.result;
      preview.hidden = false;
    };
    reader.readAsDataURL(poster);
  }

  #showProblem(text) {
    say(this.root, "film-wrong", text);
    part(this.root, "film-wrong").hidden = !text;
  }
}

/** Returns the fields of a job beside its source, once the poster's file is uploaded. */
export async function sendFilm({ plot, poster }) {
  const fields = plot ? { plot } : {};
  if (poster) fields.poster = (await send("POST", "/v1/posters", { body: poster })).body.poster;
  return fields;
}

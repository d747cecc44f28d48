// Owns the fields for what is known of the film: they belong to one trailer, go with one submission, and are empty after it.
import { send } from "./api.js";
import { part, say } from "./parts.js";

export class FilmFields {
  /** @param {HTMLDetailsElement} root */
  constructor(root) {
    this.root = root;
    this.texts = [...root.querySelectorAll("[data-film]")];
    this.poster = part(root, "poster");
    for (const text of this.texts) text.addEventListener("input", () => this.#showProblem(""));
    this.poster.addEventListener("change", () => this.#show());
    part(root, "clear").addEventListener("click", () => this.take());
  }

  get filled() {
    return Boolean(this.texts.some((text) => text.value.trim()) || this.poster.files.length);
  }

  /** Returns the texts by their names and the poster, and clears the fields, so that no other submission gets them. */
  take() {
    const texts = this.texts.map((text) => [text.name, text.value.trim()]).filter(([, value]) => value);
    const film = { texts: Object.fromEntries(texts), poster: this.poster.files[0] };
    this.#fill({ texts: {} });
    return film;
  }

  /** Fills the fields again with what was taken for `title`, which was refused; anything entered since then stays. */
  giveBack(film, title) {
    const names = [...Object.keys(film.texts), ...(film.poster ? ["poster"] : [])].map((name) => name.replace("_", " "));
    if (this.filled || !names.length) return;
    this.#fill(film);
    this.complain(`${title} was not submitted: its ${names.join(", ")} ${names.length > 1 ? "are" : "is"} back here.`);
  }

  /** Opens the fields and says what is wrong. */
  complain(text) {
    this.root.open = true;
    this.#showProblem(text);
  }

  #fill({ texts, poster }) {
    const files = new DataTransfer();
    if (poster) files.items.add(poster);
    for (const text of this.texts) text.value = texts[text.name] ?? "";
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
export async function sendFilm({ texts, poster }) {
  const fields = texts.year ? { ...texts, year: Number(texts.year) } : { ...texts };
  if (poster) fields.poster = (await send("POST", "/v1/posters", { body: poster })).body.poster;
  return fields;
}

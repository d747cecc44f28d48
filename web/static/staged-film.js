// Owns the card of one staged film: its link or file, and what is known of it, which goes with this film alone.
import { send, upload } from "./api.js";
import { pathOf, startDrop } from "./drop-zone.js";
import { showFailure } from "./failure.js";
import { copy, part, say } from "./parts.js";
import { TagField } from "./tag-field.js";

export class StagedFilm {
  #sent = ""; // the upload of its file, so that a corrected film does not send it again

  /** Makes the card of a link (`texts.source`) or a file, or of what `record` has told; then `file` is to be chosen again. */
  constructor({ file = null, texts = {}, tags = [], poster = "" }) {
    this.card = copy("staged-film");
    this.file = file;
    this.poster = null;
    this.lostPoster = poster;
    if (file) part(this.card, "link").remove();
    this.texts = [...this.card.querySelectorAll("[data-text]")];
    for (const text of this.texts) text.value = texts[text.name] ?? "";
    this.tags = new TagField(this.card, tags);
    startDrop(part(this.card, "poster"), ([picture]) => this.takePoster(picture));
    part(this.card, "no-poster").addEventListener("click", () => {
      this.takePoster(null);
      part(this.card, "poster").querySelector("input").focus();
    });
    this.card.addEventListener("input", () => this.#show());
    this.#show();
    if (this.#isTooLarge) this.showProblem({ code: "too_large", message: `${file.name} has ${sizeOf(file)}.` });
  }

  /** Its title, else the name of its file, else its link. */
  get name() {
    return this.#values.title || (this.file ? pathOf(this.file) : this.link);
  }

  get link() {
    return this.#values.source ?? "";
  }

  /** Whether it can be sent now, with all that was chosen; a film that is being sent is hidden. */
  get isReady() {
    return !(this.card.hidden || this.lostPoster) && (this.file ? this.file instanceof File && !this.#isTooLarge : Boolean(this.link));
  }

  get hasFiles() {
    return this.file instanceof File || Boolean(this.poster);
  }

  /** Whether anything was said of it beside its link or file. */
  get isDescribed() {
    const { source, ...rest } = this.#values;
    return Boolean(this.poster || this.tags.values.length || Object.keys(rest).length);
  }

  /** What a reload keeps of it: the texts, and of its files what they are called. */
  get record() {
    return {
      texts: this.#values, tags: this.tags.values, poster: this.poster?.name ?? this.lostPoster,
      file: this.file && { name: pathOf(this.file), size: this.file.size, lastModified: this.file.lastModified },
    };
  }

  /** Tells whether a file is its own; one that is to be chosen again is taken, from its folder or alone. */
  isOf(file) {
    const lost = this.file && !(this.file instanceof File);
    const named = this.file && (pathOf(this.file) === pathOf(file) || (lost && this.file.name.endsWith(`/${pathOf(file)}`)));
    const own = named && this.file.size === file.size && this.file.lastModified === file.lastModified;
    if (own && lost) {
      this.file = file;
      this.#show();
    }
    return own;
  }

  /** Takes a picture as the poster, null for none. */
  takePoster(picture) {
    if (picture && !picture.type.startsWith("image/")) {
      this.showProblem({ code: "bad_poster", message: `${picture.name} is not a picture.` });
      return;
    }
    this.poster = picture;
    this.lostPoster = "";
    this.showProblem(null);
    this.#showPoster();
    this.card.dispatchEvent(new Event("input", { bubbles: true }));
  }

  focus() {
    part(this.card, "remove").focus();
  }

  /** Shows why it was refused beside it; null hides that. */
  showProblem(error) {
    showFailure(part(this.card, "failure"), error);
    if (error) part(this.card, "more").open = true;
    if (error?.code === "file_not_found") this.#sent = "";
  }

  /** Returns the body of its job once its poster and its file are sent. */
  async toBody(onProgress, signal) {
    const body = this.#values;
    if (/^\d+$/.test(body.year)) body.year = Number(body.year);
    if (this.tags.values.length) body.genres = this.tags.values;
    if (this.poster) body.poster = (await send("POST", "/v1/posters", { body: this.poster, signal })).body.poster;
    if (this.file) body.source = this.#sent ||= await sendFile(this.file, onProgress, signal);
    return body;
  }

  /** The texts by their names, without empty ones. */
  get #values() {
    return Object.fromEntries(this.texts.map((text) => [text.name, text.value.trim()]).filter(([, value]) => value));
  }

  get #isTooLarge() {
    return this.file?.size > this.card.dataset.maxMb * 1048576;
  }

  #show() {
    for (const name of ["name", "legend", "remove-what"]) say(this.card, name, this.name || "A film");
    const own = this.file ? pathOf(this.file) : this.link;
    say(this.card, "source", [own !== this.name && own, this.file && sizeOf(this.file)].filter(Boolean).join(", "));
    const lost = [this.file && !(this.file instanceof File) && this.file.name, this.lostPoster].filter(Boolean);
    part(this.card, "lost").hidden = !lost.length;
    part(this.card, "no-poster").hidden = !(this.poster || this.lostPoster);
    say(this.card, "lost-files", lost.join(" and "));
  }

  #showPoster() {
    const preview = part(this.card, "preview");
    URL.revokeObjectURL(preview.src);
    preview.hidden = !this.poster;
    part(this.card, "poster-empty").hidden = Boolean(this.poster);
    if (this.poster) preview.src = URL.createObjectURL(this.poster);
    else preview.removeAttribute("src");
  }
}

async function sendFile(file, onProgress, signal) {
  return (await upload(`/v1/uploads?name=${encodeURIComponent(file.name)}`, file, onProgress, signal)).source;
}

function sizeOf({ size }) {
  const [n, unit] = size < 1048576 ? [size / 1024, "KB"] : [size / 1048576, "MB"];
  return `${Math.ceil(n).toLocaleString("en")} ${unit}`;
}

// Owns the decisions on one trailer: by its tags, by its verdict or by what is ticked; why, and the way to the next one.
import { part, read, say } from "./parts.js";
import { ReviewPicture } from "./review-picture.js";
import { follow, rememberDone } from "./trail.js";
import { WordList } from "./word-list.js";

const DIGITS = [..."123456789"];
const CONFLICT = 409;

export class ReviewForm {
  once = ["t", "v", "Enter", "r", "n", "p", "s", "a"];
  #busy = false;

  /** @param {{tell: (text: string) => void, fail: (error: Error) => void}} told where it is told what becomes of it */
  constructor(root, outbox, told) {
    Object.assign(this, { root, outbox, told, trailerId: root.dataset.review });
    this.work = read(part(root, "work"));
    this.known = read(part(root, "genres"));
    this.select = part(root, "add");
    this.note = part(root, "note");
    this.way = follow(this.trailerId, this.work.queued);
    this.picture = new ReviewPicture(root);
    this.words = new WordList(part(root, "rows"), () => this.#show(), (row) => this.picture.show(row));
    this.#connect();
  }

  /** Shows again what was changed here before, and sends it if it was on its way. */
  restore() {
    const entry = this.outbox.get(this.trailerId);
    if (!entry) return;
    this.note.value = entry.note;
    this.words.tickOnly(entry.ticked, (word) => this.#genresOf(word));
    if (entry.path) this.#deliver(entry);
  }

  get keys() {
    const digits = DIGITS.map((digit) => [digit, () => this.words.toggle(Number(digit))]);
    return {
      ...Object.fromEntries(digits), ...this.picture.keys,
      t: () => this.#sayTags(), v: () => this.#sayVerdict(), Enter: () => this.#save(), r: () => this.#reset(),
      n: () => this.#goOn(), p: () => this.#goBack(), s: () => this.#skip(), a: () => this.select.focus(),
      j: () => this.words.move(1), ArrowDown: () => this.words.move(1),
      k: () => this.words.move(-1), ArrowUp: () => this.words.move(-1), x: () => this.words.toggleCurrent(),
    };
  }

  #connect() {
    const actions = {
      tags: this.keys.t, verdict: this.keys.v, save: this.keys.Enter, reset: this.keys.r, next: this.keys.n,
      previous: this.keys.p, skip: this.keys.s, "add-button": () => this.#add(),
    };
    for (const [name, action] of Object.entries(actions)) part(this.root, name).addEventListener("click", action);
    part(this.root, "previous").disabled = !this.way.before;
    part(this.root, "form").addEventListener("submit", (event) => event.preventDefault());
    this.note.addEventListener("input", () => this.#keep());
    this.note.addEventListener("keydown", (event) => event.key === "Escape" && this.note.blur());
    this.select.addEventListener("keydown", (event) => event.key === "Enter" && this.#add());
  }

  get #isChanged() {
    return this.words.changes.flat().length > 0;
  }

  #genresOf(word) {
    const option = [...this.select.options].find(({ value }) => word && value === word);
    return option && JSON.parse(option.dataset.genres);
  }

  #show() {
    const [ticked, unticked] = this.words.changes;
    const parts = [...ticked.map((word) => `+ ${word}`), ...unticked.map((word) => `− ${word}`)];
    say(this.root, "count", parts.length ? `Changed: ${parts.join(", ")}` : "Nothing changed");
    part(this.root, "save").disabled = part(this.root, "reset").disabled = !parts.length;
    this.#keep();
  }

  /** Keeps what was changed, for when this page is shown again. */
  #keep() {
    this.outbox.keep(this.trailerId, this.#isChanged || this.note.value.trim() ? this.#entry(this.words.ticked) : null);
  }

  #entry(ticked, more) {
    return { ticked, note: this.note.value, title: this.work.title, ...more };
  }

  #add() {
    const genres = this.#genresOf(this.select.value);
    if (!genres) return;
    this.words.add(this.select.value, genres);
    this.select.value = "";
    this.select.blur();
  }

  #reset() {
    if (!this.#busy) this.words.reset();
  }

  /** Says that the tags are right: yes to them, no to all else that is shown and that they could have named. */
  #sayTags() {
    if (part(this.root, "tags").disabled) return;
    const says = Object.entries(this.known).filter(([, genre]) => genre.tagged || !genre.unknown);
    this.#decide(says.map(([name, { tagged }]) => [name, tagged]));
  }

  /** Says that the verdict is right: yes to what passes, no to all else that has a score. */
  #sayVerdict() {
    if (part(this.root, "verdict").disabled) return;
    const says = Object.entries(this.known).filter(([, { passed }]) => passed !== null);
    this.#decide(says.map(([name, { passed }]) => [name, passed]));
  }

  /** Saves what is ticked, if anything was changed: yes to it, no to all else that is shown. */
  #save() {
    const { said, shown } = this.words;
    if (this.#isChanged) this.#decide([...shown].map((name) => [name, said.has(name)]));
    else say(this.root, "count", "Nothing changed: t if your tags are right, v if the verdict is");
  }

  /** Sends [genre, yes or no] of genres as a review; what else was ticked stays so where it says nothing of it. */
  #decide(says) {
    const accept = (name) => (this.known[name]?.tagged || this.known[name]?.passed ? "accept" : "add");
    const decisions = Object.fromEntries(says.map(([name, yes]) => [name, yes ? accept(name) : "reject"]));
    const ticked = this.words.saying((name) => (name in decisions ? decisions[name] !== "reject" : this.known[name]?.tagged));
    const note = this.note.value.trim() || undefined;
    const text = `Saved ${this.work.title}: ${ticked.join(", ") || "no genre"}`;
    this.#deliver(this.#entry(ticked, { text, path: "review", body: { decisions, note, seen: this.work.seen } }));
  }

  #skip() {
    this.#deliver(this.#entry(this.words.ticked, { text: `Skipped ${this.work.title}`, path: "review/skip" }));
  }

  /** Sends an entry, and goes on to the next trailer when the service has it. */
  async #deliver(entry) {
    if (this.#busy) return;
    this.#busy = true;
    this.root.ariaBusy = "true";
    this.told.tell("Saving…");
    try {
      const { review_id: reviewId } = await this.outbox.deliver(this.trailerId, entry);
      if (!reviewId) this.#keep(); // what was skipped keeps what was ticked
      rememberDone({ trailerId: this.trailerId, entry, reviewId, text: entry.text });
      this.#goOn();
    } catch (error) {
      this.#busy = false;
      this.root.ariaBusy = "false";
      if (error.status === CONFLICT) this.#showOthers(error);
      else this.told.fail(error);
    }
  }

  /** Shows the trailer as others have left it meanwhile, with what was chosen here. */
  #showOthers({ message }) {
    rememberDone({ text: `Not saved: ${message}. What you chose is still ticked.` });
    location.assign(this.#address(this.trailerId));
  }

  #goOn() {
    location.assign(this.way.after && !this.work.queued ? this.#address(this.way.after) : this.work.next);
  }

  #goBack() {
    if (this.way.before) location.assign(this.#address(this.way.before));
  }

  #address(trailerId) {
    return `/review?${new URLSearchParams({ trailer: trailerId, order: this.work.order })}`;
  }
}

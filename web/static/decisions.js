// Owns the decisions on the words of the review page, and their undoing.

export class Decisions {
  #made = new Map();
  #past = [];

  /** @param {(word: string, decision: string|undefined) => void} onChange called with each change */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** Decides on a word; the same decision again takes it back. */
  decide(word, decision) {
    const before = this.#made.get(word);
    this.#past.push([word, before]);
    this.#set(word, before === decision ? undefined : decision);
  }

  /** Undoes the last decision and returns its word, undefined if there is none. */
  undo() {
    const last = this.#past.pop();
    if (last) this.#set(...last);
    return last?.[0];
  }

  get size() {
    return this.#made.size;
  }

  /** Whether there is anything to undo. */
  get undoable() {
    return this.#past.length > 0;
  }

  /** Returns the decision on a word, undefined if there is none. */
  get(word) {
    return this.#made.get(word);
  }

  #set(word, decision) {
    if (decision) this.#made.set(word, decision);
    else this.#made.delete(word);
    this.onChange(word, decision);
  }
}

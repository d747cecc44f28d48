// Owns the decisions on the genres of the review page, and their undoing.

export class Decisions {
  #made = new Map();
  #past = [];

  /** @param {(genre: string, decision: string|undefined) => void} onChange called with each change */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** Decides on a genre; the same decision again takes it back. */
  decide(genre, decision) {
    const before = this.#made.get(genre);
    this.#past.push([genre, before]);
    this.#set(genre, before === decision ? undefined : decision);
  }

  /** Undoes the last decision and returns its genre, undefined if there is none. */
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

  /** Returns {genre: decision} as the service takes it. */
  toBody() {
    return Object.fromEntries(this.#made);
  }

  #set(genre, decision) {
    if (decision) this.#made.set(genre, decision);
    else this.#made.delete(genre);
    this.onChange(genre, decision);
  }
}

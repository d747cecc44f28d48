// Owns a field of tags: words typed or chosen, each a button that removes it.
import { copy, part, say } from "./parts.js";

const BETWEEN = /[,;|\n]+/;

export class TagField {
  /** @param {HTMLElement} root of the parts `tag-text` and `tag-list` */
  constructor(root, tags) {
    this.text = part(root, "tag-text");
    this.list = part(root, "tag-list");
    this.#add(tags);
    this.text.addEventListener("input", ({ inputType }) => {
      if (BETWEEN.test(this.text.value) || inputType === "insertReplacementText") this.#take(); // typed, or chosen from the list
    });
    this.text.addEventListener("keydown", (event) => this.#press(event));
    this.list.addEventListener("click", (event) => this.#remove(event.target.closest("li")));
  }

  /** The tags, each once, with what is typed but not finished. */
  get values() {
    return [...new Set([...this.list.children].map((item) => item.dataset.tag).concat(split(this.text.value)))];
  }

  #press(event) {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.#take();
    if (event.key === "Backspace" && !this.text.value) this.#remove(this.list.lastElementChild);
  }

  #take() {
    this.#add(split(this.text.value));
    this.text.value = "";
  }

  #add(tags) {
    const there = [...this.list.children].map((item) => item.dataset.tag);
    for (const tag of new Set(tags.filter((each) => !there.includes(each)))) {
      const item = copy("tag");
      item.dataset.tag = tag;
      say(item, "tag", tag);
      this.list.append(item);
    }
  }

  #remove(item) {
    if (!item) return;
    item.remove();
    this.text.focus();
    this.text.dispatchEvent(new Event("input", { bubbles: true })); // it has changed, for whoever stores it
  }
}

function split(text) {
  return text.split(BETWEEN).map((word) => word.trim()).filter(Boolean);
}

// Owns a drop zone: files dropped on it or picked in it.

const paths = new WeakMap(); // of the files in dropped folders

/** Returns the name of a file, with its path where it came with a folder. */
export function pathOf(file) {
  return paths.get(file) || file.webkitRelativePath || file.name;
}

/** Calls `onFiles` with an array of the files picked; the picker is cleared, so that the same can be picked again. */
export function startPick(input, onFiles) {
  input.addEventListener("change", () => {
    onFiles([...input.files]);
    input.value = "";
  });
}

/** Calls `onFiles` with an array of the files picked or dropped, those in dropped folders too. */
export function startDrop(zone, onFiles) {
  startPick(zone.querySelector("input[type=file]"), onFiles);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // now: they are gone later
    const files = entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files];
    if (files.length) onFiles(files);
  });
}

/** Returns the files of a dropped file or folder, those in its folders too. */
async function filesIn(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    paths.set(file, entry.fullPath.replace(/^\//, ""));
    return [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (let some = null; some === null || some.length; found.push(...some)) { // it gives a hundred at a time
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  }
  return (await Promise.all(found.map(filesIn))).flat();
}

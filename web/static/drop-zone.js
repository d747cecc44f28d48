// Owns a drop zone: files dropped on it or picked in it.

/** Calls `onFiles` with an array of files; the picker is cleared, so that the same file can be picked again. */
export function startDrop(zone, onFiles) {
  const input = zone.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    onFiles([...input.files]);
    input.value = "";
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) onFiles([...event.dataTransfer.files]);
  });
}

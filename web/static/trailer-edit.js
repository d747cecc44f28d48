// Owns the form that changes whose trailer it is: only what was changed is sent, an emptied field is cleared.
import { send } from "./api.js";
import { noticeAt, showFailure } from "./failure.js";

const form = document.querySelector("[data-edit]");
const before = read();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await send("PATCH", `/v1/trailers/${encodeURIComponent(form.dataset.edit)}`, { body: changes(read()) });
    location.reload();
  } catch (error) {
    showFailure(noticeAt(form), error);
    button.disabled = false;
  }
});

function read() {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
}

/** Returns the fields that differ from those shown at first, as the service takes them. */
function changes(now) {
  const body = {};
  for (const [name, value] of Object.entries(now)) {
    if (value === before[name]) continue;
    if (name === "metadata") body.metadata = metadataChanges(pairs(before.metadata), pairs(value));
    else if (name === "year") body.year = value === "" ? null : Number(value);
    else body[name] = value || null;
  }
  return body;
}

function metadataChanges(old, now) {
  const changed = Object.entries(now).filter(([key, value]) => old[key] !== value);
  const gone = Object.keys(old).filter((key) => !(key in now));
  return Object.fromEntries([...changed, ...gone.map((key) => [key, null])]);
}

/** Returns the NAME=VALUE lines of a text; one without = is a name with an empty value. */
function pairs(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2).map((piece) => piece.trim())).map(([key, value]) => [key, value ?? ""]));
}

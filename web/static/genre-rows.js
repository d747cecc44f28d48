// Owns rows of genres made in the browser: the same markup as parts/genres.html, filled.
import { copy, genreClass, part, say } from "./parts.js";

/** Replaces the rows of a list with those of `genres`. */
export function showGenres(list, genres) {
  list.replaceChildren(...genres.map(toRow));
}

function toRow({ genre, score, threshold, passed }) {
  const row = copy("genre-row");
  row.dataset.genre = genre;
  row.classList.add(genreClass(genre));
  row.classList.toggle("passed", passed);
  part(row, "bar").classList.toggle("passed", passed);
  part(row, "fill").setAttribute("width", (score * 100).toFixed(1));
  for (const end of ["x1", "x2"]) part(row, "mark").setAttribute(end, (threshold * 100).toFixed(1));
  part(row, "yes").hidden = !passed;
  part(row, "no").hidden = passed;
  say(row, "genre", genre);
  say(row, "score", score.toFixed(2));
  say(row, "threshold", threshold.toFixed(2));
  return row;
}

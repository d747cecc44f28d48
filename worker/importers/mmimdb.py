"""MM-IMDb: posters, plots and genres of 26,000 films with their published split, as a table for `trailers train`.

Layout, of mmimdb.tar.gz (github.com/johnarevalo/gmu-mmimdb), as programs that read it show: `split.json`, {"train":
[...], "dev": [...], "test": [...]} of IMDb ids without tt, and in `dataset/` for each `<id>.json` (genres in IMDb's
words, plot: a list of texts, title, year) and `<id>.jpeg`. The longest plot counts, as in the authors' programs. Their
multimodal_imdb.hdf5, which holds plots as numbers, is not read.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.taxonomy import NO_TAXONOMY
from worker.cells import clean_text
from worker.errors import WorkerError, describe
from worker.importers.tables import SPLITS, find_file, read_json
from worker.importers.tally import Tally

FILES = ("split.json", "mmimdb/split.json")
COLUMNS = ("imdb_id", "title", "year", "genres", "plot", "poster", "split")


def find_posters(path: Path) -> Path:
    """Return the folder of posters of the data set in a folder; raises WorkerError."""
    return find_file(path, FILES).parent / "dataset"


def table_lines(path: Path, tally: Tally, *, limit: int | None) -> Iterator[str]:
    """Yield the lines of a table of the films in a folder, its heading first, counting them and the others."""
    file = find_file(path, FILES)
    parts = read_json(file)
    if not isinstance(parts, dict) or not all(isinstance(ids, list) for ids in parts.values()):
        raise WorkerError("bad_source", f"{str(file)!r} must be an object of lists of IMDb ids: train, dev, test")
    yield _line(dict(zip(COLUMNS, COLUMNS, strict=True)))
    for part, film_id in ((part, str(film_id)) for part, ids in parts.items() for film_id in ids):
        if tally.used == limit:
            return
        tally.rows += 1
        try:
            film = _read_film(find_posters(path), film_id, tally)
        except WorkerError as exc:
            tally.problems[describe(exc).code] += 1
            continue
        tally.used += 1
        tally.labelled += bool(film["genres"])
        yield _line({**film, "split": SPLITS.get(part) or part})


def _read_film(folder: Path, film_id: str, tally: Tally) -> dict[str, str]:
    """Return the cells of a film; raises WorkerError where it can't be read."""
    if not film_id.isascii() or not film_id.isdecimal():
        raise WorkerError("bad_source", f"{film_id[:40]!r} is not an IMDb id without tt")
    found = read_json(folder / f"{film_id}.json")
    if not isinstance(found, dict):
        raise WorkerError("bad_source", f"{film_id}.json is not an object")
    genres = tally.read_tags(_texts(found, "genres"), "imdb", NO_TAXONOMY).genres
    poster = f"{film_id}.jpeg"
    return {
        "imdb_id": f"tt{film_id}",
        "title": " ".join(_texts(found, "title")),
        "year": str(found.get("year", "")),
        "genres": "|".join(genres),
        "plot": max(_texts(found, "plot"), key=len, default=""),
        "poster": poster if (folder / poster).is_file() else "",
    }


def _texts(found: Mapping[str, Any], name: str) -> list[str]:
    value = found.get(name, [])
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _line(cells: Mapping[str, str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(clean_text(cells.get(name, "")) for name in COLUMNS)
    return line.getvalue()

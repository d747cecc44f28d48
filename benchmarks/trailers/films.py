"""Films of the benchmark: real trailers and clips, labels of two lists, their frames, and plots of their films."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.real_data import SHARED, Row, read_films, read_more_plots, read_trailers
from classifier.arrays import Bools, Vectors
from classifier.data.films import Films
from classifier.data.label_matrix import RowLabels, label_matrix
from classifier.data.labels import add_year
from classifier.genres import VOCABULARIES
from classifier.ragged import Ragged
from classifier.title_stem import title_stem
from classifier.views import Part, Views
from classifier.whole_file import whole_file
from db.words import fold_text
from extractor.errors import BadPlot
from extractor.networks.backbone import Backbone
from extractor.plots import WORDS_ID, read_plot
from extractor.titles import TITLE_ID, read_title
from extractor.video.extraction import extract_features
from worker.settings import own_settings

FEW_LINES = 200
LINES = re.compile(r"(\d+) lines")
ASIDE = re.compile(r"end card|Spanish|French|Italian|Indonesian|Philippine")


@dataclass(frozen=True, slots=True, eq=False)
class RealTrailers:
    """`films` of a file each; the other fields are of shape (n,), `is_agreed` of shape (n, genres).

    `is_trailer` tells trailers from clips; `is_plain` that a file has 200 lines or more, the words of its film in
    English as far as the index says, and no end card; `is_agreed` where no second list of genres says something else.
    `stems` are the names of film and franchise by which models keep what they have learnt from.
    """

    films: Films
    is_trailer: Bools
    is_plain: Bools
    is_agreed: Bools
    stems: Sequence[frozenset[str]]


def read_real_trailers(genres: Sequence[str], network: Backbone) -> RealTrailers:
    """Return all trailers and clips with their labels for these genres; frames are as `network` sees them."""
    rows = read_trailers()
    Y, known, agreed = read_labels(rows, genres)
    notes = [row["note"] for row in rows]
    films = Films(
        views=Views({"trailer": _frames(rows, network), "plot": _plots(rows), "title": _titles(rows)}),
        Y=Y,
        known=known,
        genres=tuple(genres),
        ids=tuple(row["file"] for row in rows),
        groups=tuple(row["group"] for row in rows),
        digests=("",) * len(rows),
    )
    return RealTrailers(
        films=films,
        is_trailer=np.array([row["kind"] == "trailer" for row in rows]),
        is_plain=np.array([not ASIDE.search(note) and _lines(note) >= FEW_LINES for note in notes]),
        is_agreed=agreed,
        stems=_stems(rows),
    )


def read_labels(rows: Sequence[Row], genres: Sequence[str]) -> tuple[Bools, Bools, Bools]:
    """Return which files have which genres, of which that is known, and where no second list says something else."""
    labels = [RowLabels(tuple(row["genres"].split("|")), _source(row["genres_source"])) for row in rows]
    return *label_matrix(labels, genres), np.array([_agreed(row, genres) for row in rows])


def _source(words: str) -> str:
    """Return the vocabulary of a list that the index names, such as `tmdb (films.csv)`; those by hand are IMDb's."""
    first = words.partition(" ")[0]
    return first if first in VOCABULARIES else "imdb"


def _agreed(row: Row, genres: Sequence[str]) -> list[bool]:
    """Return for each genre whether both lists have it or neither has; all agree where there is one list."""
    first, second = (set(row[column].split("|")) for column in ("genres", "genres_other"))
    return [not row["genres_other"] or (genre in first) == (genre in second) for genre in genres]


def _lines(note: str) -> int:
    found = LINES.search(note)
    return int(found[1]) if found else FEW_LINES


def _frames(rows: Sequence[Row], network: Backbone) -> Part:
    """Return the features of all files, computed once and kept below the user's data home."""
    cache = own_settings().home / "cache" / "benchmark" / f"{network.features_id}-{_index_digest()}.npz"
    if not cache.is_file():
        cache.parent.mkdir(parents=True, exist_ok=True)
        X = Ragged.from_sequences(list(_extract(rows, network)))
        with whole_file(cache) as part, part.open("wb") as file:
            np.savez(file, values=X.values, offsets=X.offsets)
    with np.load(cache, allow_pickle=False) as kept:
        return Part(Ragged(kept["values"], kept["offsets"]), np.arange(len(rows)), network.features_id)


def _extract(rows: Sequence[Row], network: Backbone) -> Iterator[Vectors]:
    for number, row in enumerate(rows, start=1):
        features = extract_features(SHARED / "trailers" / row["file"], network)
        print(f"  {number} of {len(rows)} trailers and clips", flush=True)
        yield features.vectors[features.usable]


def _index_digest() -> str:
    return hashlib.sha256((SHARED / "trailers" / "index.csv").read_bytes()).hexdigest()[:8]


def find_plots(rows: Sequence[Row]) -> list[str]:
    """Return the films' plots: those of films.csv, else of plots_more.csv, by id, else title and year; "" for none."""
    texts: dict[str, str] = {}
    for film in (*read_films(), *read_more_plots()):
        if film["plot"]:
            for name in _names(film):
                texts.setdefault(name, film["plot"])
    return [next((texts[name] for name in _names(row) if name in texts), "") for row in rows]


def _plots(rows: Sequence[Row]) -> Part:
    return _read_words(find_plots(rows), lambda text: read_plot(text).vectors, WORDS_ID)


def _titles(rows: Sequence[Row]) -> Part:
    """Return the words of the films' titles with their years, as pages of trailers give them."""
    titles = (add_year(row["title"], row["year"]) for row in rows)
    return _read_words(titles, lambda text: read_title(text).vectors, TITLE_ID)


def _read_words(texts: Iterable[str], read: Callable[[str], Vectors], features_id: str) -> Part:
    """Return the words of texts, none of one that has no words."""
    found, places = {}, []
    for place, text in enumerate(texts):
        places.append(place)
        with contextlib.suppress(BadPlot):
            found[place] = read(text)
    return Part.from_vectors(found, places, features_id)


def _names(row: Row) -> list[str]:
    """Return the names by which a film's rows of several tables find each other."""
    by_title = [f"{fold_text(row['title'])} ({row['year']})"] if row["title"] and row["year"] else []
    return [name for name in (row["imdb_id"], *by_title) if name]


def _stems(rows: Sequence[Row]) -> list[frozenset[str]]:
    collections = {film["imdb_id"]: film["collection"] for film in read_films()}
    return [
        frozenset((row["imdb_id"], title_stem(row["title"]), title_stem(collections.get(row["imdb_id"], "")))) - {""}
        for row in rows
    ]

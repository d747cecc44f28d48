"""`trailers labels import`: the genres of a list for the trailers that are stored, found by id, link, file or film."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from classifier.genres import read_genres
from db.records import TrailerLabels, is_trailer_id
from db.store import Store
from worker.errors import WorkerError
from worker.links import is_video_id, looks_like_link, parse_link
from worker.lists.labels import Columns, LabelRow, read_labels
from worker.lists.reading import absolute_source
from worker.sources import read_file

CHUNK = 1000
COUNTS = ("rows", "matched", "changed", "unchanged", "kept_reviews")
_IMDB_ID = re.compile(r"tt\d{5,12}", re.ASCII)
_YEAR = re.compile(r"\((\d{4})\)")
_NOISE = re.compile(r"\b(?:official|trailer|teaser|hd|#?\d+p)\b")


@dataclass(slots=True)
class ImportTally:
    """What came of a list: its rows, and what wasn't understood of them.

    Trailers are counted whose labels changed, were so already, or are a person's review that says otherwise.
    """

    rows: int = 0
    matched: int = 0
    changed: int = 0
    unchanged: int = 0
    kept_reviews: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    unknown_genres: Counter[str] = field(default_factory=Counter)
    repaired_genres: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        """Return the counts as JSON fields."""
        return {
            **{name: getattr(self, name) for name in COUNTS},
            **{name: dict(+getattr(self, name)) for name in ("problems", "unknown_genres", "repaired_genres")},
        }


@dataclass(frozen=True, slots=True)
class _LabelledRow:
    """A row in our words: the trailers and films it may mean."""

    row: LabelRow
    trailer_ids: tuple[str, ...]
    imdb_id: str | None
    labels: TrailerLabels


class LabelImport:
    """Labels the stored trailers of a list; doing it again changes nothing."""

    def __init__(self, store: Store, path: Path, *, source: str, sites: Sequence[str]) -> None:
        self._store, self._path, self._source, self._sites = store, path, source, sites
        self._titles: dict[tuple[str, str], list[str]] | None = None
        self.tally = ImportTally()

    def run(self, columns: Columns) -> ImportTally:
        """Label all trailers that the list means; raises WorkerError for a list that can't be read."""
        rows = read_labels(self._path, columns)
        while chunk := list(islice(rows, CHUNK)):
            self.tally.rows += len(chunk)
            self._label([wish for row in chunk if (wish := self._wish(row))])
        return self.tally

    def _wish(self, row: LabelRow) -> _LabelledRow | None:
        read = read_genres(row.genres, self._source)
        self.tally.unknown_genres.update(genre[:60] for genre in read.unknown)
        self.tally.repaired_genres.update(genre[:60] for genre in read.repaired)
        if row.problem or not read.genres:
            self.tally.problems["bad_source"] += 1
            return None
        films = [name for name in row.names if _IMDB_ID.fullmatch(name)]
        trailer_ids = tuple(filter(None, (self._trailer_id(name) for name in row.names if name not in films)))
        if not (films or trailer_ids or row.title):
            self.tally.problems["bad_source"] += 1
            return None
        imdb_id = films[0] if films else None
        return _LabelledRow(row, trailer_ids, imdb_id, TrailerLabels(read.genres, self._source, imdb_id))

    def _trailer_id(self, name: str) -> str | None:
        """Return the trailer that a name means: its id, a link, or a file that is read for its digest."""
        if is_trailer_id(name):
            return name
        try:
            if looks_like_link(name):
                return parse_link(name, sites=self._sites).trailer_id
            file = Path(absolute_source(name, self._path.absolute().parent))
            if file.is_file():
                return read_file(file).trailer_id
            return parse_link(name, sites=self._sites).trailer_id if is_video_id(name) else None
        except (WorkerError, OSError, ValueError):
            return None

    def _label(self, wishes: Sequence[_LabelledRow]) -> None:
        """Give the trailers of these wishes their labels; the last of two that mean one trailer wins."""
        stored = self._store.labels.stored({name for wish in wishes for name in wish.trailer_ids})
        films = self._store.labels.of_films({wish.imdb_id for wish in wishes if wish.imdb_id})
        labels: dict[str, TrailerLabels] = {}
        for wish in wishes:
            found = [name for name in wish.trailer_ids if name in stored] or films.get(wish.imdb_id or "", [])
            if not (found or wish.trailer_ids or wish.imdb_id):
                found = self._of_title(wish.row.title or "")
            self.tally.matched += bool(found)
            self.tally.problems["not_found"] += not found
            labels.update(dict.fromkeys(found, wish.labels))
        given = self._store.labels.give(labels)
        self.tally.changed += given.changed
        self.tally.kept_reviews += given.kept_reviews
        self.tally.unchanged += len(labels) - given.changed - given.kept_reviews

    def _of_title(self, title: str) -> list[str]:
        """Return the trailers of this very title, and of this year where both tell one."""
        if self._titles is None:
            self._titles = {}
            for trailer_id, stored in self._store.labels.titles():
                for key in _keys(stored):
                    self._titles.setdefault(key, []).append(trailer_id)
        name, year = next(iter(_keys(title)))
        if year:
            return [*self._titles.get((name, year), []), *self._titles.get((name, ""), [])]
        return self._titles.get((name, ANY_YEAR), [])


ANY_YEAR = "any"


def _keys(title: str) -> Iterator[tuple[str, str]]:
    """Yield the title without case, punctuation and words of trailers, with its year or "", then for any year."""
    plain = title.casefold()
    year = found[1] if (found := _YEAR.search(plain)) else ""
    bare = _NOISE.sub(" ", _YEAR.sub(" ", plain))
    name = "".join(character for character in bare if character.isalnum())
    if name:
        yield name, year
        yield name, ANY_YEAR
    else:
        yield title, ANY_YEAR

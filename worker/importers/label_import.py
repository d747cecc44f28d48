"""Label imports for `trailers labels import`: a list's genres for stored trailers, found by id, link, file or film."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from db.queue.job_records import JobError
from db.records import TrailerLabels, is_trailer_id
from db.store import Store
from extractor.errors import ExtractorError
from worker.errors import WorkerError, describe
from worker.importers.tally import GenreTally
from worker.links import is_video_id, looks_like_link, parse_link
from worker.lists.labels import Columns, LabelRow, read_labels
from worker.lists.reading import absolute_source
from worker.sources import read_file

CHUNK = 1000
MAX_ERRORS = 100
_IMDB_ID = re.compile(r"tt\d{5,12}", re.ASCII)
_YEAR = re.compile(r"\((\d{4})\)")
_NOISE = re.compile(r"\b(?:official|trailer|teaser|hd|#?\d+p)\b")
ANY_YEAR = "any"


@dataclass(slots=True)
class ImportTally(GenreTally):
    """The outcome of an import: rows whose trailer was found, and trailers.

    A source's tags of a trailer were `changed` or `unchanged`. Of some, a review says otherwise (`kept_reviews`); the
    `reopened` among them wait to be reviewed again, since it was not known before.
    """

    matched: int = 0
    changed: int = 0
    unchanged: int = 0
    kept_reviews: int = 0
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class _LabelledRow:
    """A row that was understood: the trailers or film it may mean, and their labels.

    `error` says why a file that it names can't be a trailer.
    """

    row: LabelRow
    trailer_ids: tuple[str, ...]
    imdb_id: str | None
    labels: TrailerLabels
    error: JobError | None


class LabelImport:
    """Labels the stored trailers of a list; running it again changes nothing.

    `errors` are those of the first rows that can't be used, by their numbers; rows about other trailers have none.
    """

    def __init__(self, store: Store, path: Path, *, source: str, sites: Sequence[str]) -> None:
        self._store, self._path, self._source, self._sites = store, path, source, sites
        self._titles: dict[tuple[str, str], list[str]] | None = None
        self._taxonomy = store.taxonomies.current()
        self.tally = ImportTally()
        self.notes: tuple[str, ...] = ()
        self.errors: dict[int, JobError] = {}

    def run(self, columns: Columns) -> ImportTally:
        """Label all trailers that the list means; raises WorkerError for a list that can't be read."""
        found = read_labels(self._path, columns, self._taxonomy)
        self.notes = found.notes
        while chunk := list(islice(found.rows, CHUNK)):
            self.tally.rows += len(chunk)
            labelled = [each for row in chunk if (each := self._read_row(row, found.one_hot.words))]
            self._label(labelled)
        return self.tally

    def _read_row(self, row: LabelRow, offered: Sequence[str]) -> _LabelledRow | None:
        lacks = (
            "it has no genres" if not row.genres else "it names no trailer" if not (row.names or row.title) else None
        )
        if problem := row.problem or lacks:
            self._reject(row, describe(WorkerError("bad_source", problem)))
            return None
        self.tally.read_tags(row.genres, self._source, self._taxonomy, offered)
        films = [name for name in row.names if _IMDB_ID.fullmatch(name)]
        read = [self._trailer_id(name) for name in row.names if name not in films]
        imdb_id = films[0] if films else None
        labels = TrailerLabels(row.genres, self._source, imdb_id, list=self._path.name, offered=tuple(offered))
        trailer_ids = tuple(each for each in read if isinstance(each, str))
        error = next((each for each in read if isinstance(each, JobError)), None)
        return _LabelledRow(row, trailer_ids, imdb_id, labels, error)

    def _reject(self, row: LabelRow, error: JobError) -> None:
        self.tally.problems[error.code] += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors[row.row] = error

    def _trailer_id(self, name: str) -> str | JobError | None:
        """Return the trailer that a name means: its id, a link, or a file that is read for its digest.

        None where it means none, an error where it is a file that can't be a trailer.
        """
        if is_trailer_id(name):
            return name
        try:
            if looks_like_link(name):
                return parse_link(name, sites=self._sites).trailer_id
            file = Path(absolute_source(name, self._path.absolute().parent))
            if file.is_file():
                return read_file(file).trailer_id
            return parse_link(name, sites=self._sites).trailer_id if is_video_id(name) else None
        except ExtractorError as exc:
            return describe(exc)
        except (WorkerError, OSError, ValueError):
            return None

    def _label(self, rows: Sequence[_LabelledRow]) -> None:
        """Label the trailers of these rows; the last of two rows that mean one trailer wins."""
        stored = self._store.labels.find_stored({name for row in rows for name in row.trailer_ids})
        films = self._store.labels.find_by_film({row.imdb_id for row in rows if row.imdb_id})
        own = self._store.identities.find(name for row in rows for name in row.row.names)
        labels: dict[str, TrailerLabels] = {}
        for row in rows:
            found = [name for name in row.trailer_ids if name in stored]
            found = found or [trailer_id for name in row.row.names for trailer_id in own.get(name, ())]
            found = found or films.get(row.imdb_id or "", [])
            if not (found or row.trailer_ids or row.imdb_id):
                found = self._find_by_title(row.row.title or "")
            self.tally.matched += bool(found)
            if not found and row.error:
                self._reject(row.row, row.error)
            elif not found:
                self.tally.problems["not_found"] += 1
            labels.update(dict.fromkeys(found, row.labels))
        update = self._store.labels.update(labels)
        self._store.identities.update(labels)  # their imdb_id may be new
        self.tally.changed += update.changed
        self.tally.unchanged += len(labels) - update.changed
        self.tally.kept_reviews += update.kept_reviews
        self.tally.reopened += update.reopened

    def _find_by_title(self, title: str) -> list[str]:
        """Return the trailers of exactly this title, and of this year if both have one."""
        if self._titles is None:
            self._titles = {}
            for trailer_id, stored in self._store.labels.titles():
                for key in _keys(stored):
                    self._titles.setdefault(key, []).append(trailer_id)
        name, year = next(iter(_keys(title)))
        if year:
            return [*self._titles.get((name, year), []), *self._titles.get((name, ""), [])]
        return self._titles.get((name, ANY_YEAR), [])


def _keys(title: str) -> Iterator[tuple[str, str]]:
    """Yield the title without case, punctuation and words like "trailer": with its year or "", then for any year."""
    plain = title.casefold()
    year = found[1] if (found := _YEAR.search(plain)) else ""
    cleaned = _NOISE.sub(" ", _YEAR.sub(" ", plain))
    name = "".join(character for character in cleaned if character.isalnum())
    if name:
        yield name, year
        yield name, ANY_YEAR
    else:
        yield title, ANY_YEAR

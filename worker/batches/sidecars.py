"""Sidecars: lists in a watched folder, and what their rows say of the files that they name."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from classifier.counts import count
from classifier.taxonomy import HOUSE
from db.queue.job_records import Inputs, JobError
from worker.batches.folders import Version
from worker.batches.requests import merge_inputs, row_inputs
from worker.errors import WorkerError, describe
from worker.lists.kinds import Kind, kind_of
from worker.lists.reading import read_list
from worker.lists.rows import ListRow
from worker.lists.tags import TagCounts, with_note
from worker.runtime import Runtime

MAX_TOLD = 10  # bad rows of a list


@dataclass(frozen=True, slots=True)
class NamingRow:
    """A row that names a file, the folder that its paths start from, and the inputs that all rows of its list share."""

    row: ListRow
    folder: Path
    common: Inputs


@dataclass(frozen=True, slots=True)
class _Sidecar:
    version: Version | None  # None of a list that nobody lets us read
    naming: Mapping[str, tuple[NamingRow, ...]]  # by the key of the file
    errors: tuple[JobError, ...]
    notes: tuple[str, ...] = ()


class Sidecars:
    """The lists of a watched folder, as they were when they last settled."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lists: dict[str, _Sidecar] = {}
        self._digests: dict[str, str] = {}

    @property
    def errors(self) -> list[JobError]:
        """What can't be used: whole lists, and rows of others."""
        return [error for each in self._lists.values() for error in each.errors]

    def is_known(self, path: str, version: Version) -> bool:
        """Tell whether a list was read as it is."""
        known = self._lists.get(path)
        return known is not None and known.version == _readable(path, version)

    def knows_all(self, paths: Mapping[str, Version]) -> bool:
        """Tell whether all these lists were read, as they are or as they were."""
        return self._lists.keys() >= paths.keys()

    def read(self, path: str, version: Version) -> Iterator[str]:
        """Read a list that is new or has changed; yield what is to be told of it."""
        sidecar = self._lists[path] = _read(self._runtime, Path(path), _readable(path, version))
        self._digests = {}
        name = Path(path).name
        yield from (f"{name}: {note}" for note in sidecar.notes)
        yield from (f"{name}: {error.code}: {error.message}" for error in sidecar.errors[:MAX_TOLD])
        if len(sidecar.errors) > MAX_TOLD:
            n_more = len(sidecar.errors) - MAX_TOLD
            yield f"{name}: {count(n_more, 'more row')} that can't be used: trailers batch {path} --check"

    def forget_all_but(self, paths: Mapping[str, Version]) -> None:
        """Forget the lists that are gone."""
        if gone := self._lists.keys() - paths.keys():
            self._lists = {path: each for path, each in self._lists.items() if path not in gone}
            self._digests = {}

    def digest(self, path: str) -> str | None:
        """Return the digest of what all lists say of a file, None if they don't name it."""
        if not self._digests and self._lists:
            keys = {key for each in self._lists.values() for key in each.naming}
            self._digests = {key: _digest(self._naming(key)) for key in keys}
        return self._digests.get(_key(path))

    def inputs(self, path: str, number: int) -> tuple[ListRow, Inputs, str | None]:
        """Return what the lists say of a file, as row `number` of its batch, and why some of that can't be used."""
        row, inputs, notes = ListRow(number, path), Inputs(), []
        for naming in self._naming(_key(path)):
            given, note = row_inputs(self._runtime, naming.row, naming.folder, common=naming.common)
            row, inputs = replace(naming.row, row=number, source=path, plot=None), merge_inputs(inputs, given)
            notes += [*naming.row.notes, *([note] if note else [])]
        return row, inputs, "; ".join(notes) or None

    def n_absent(self, path: str, present: Iterable[str]) -> int:
        """Return how many files a list names that are not among those present."""
        return len(self._lists[path].naming.keys() - set(map(_key, present)))

    def _naming(self, key: str) -> list[NamingRow]:
        return [row for _, each in sorted(self._lists.items()) for row in each.naming.get(key, ())]


def _digest(naming: Sequence[NamingRow]) -> str:
    """Return the digest of what rows say, wherever in their lists they stand."""
    said = [(replace(each.row, row=0), each.common) for each in naming]
    return sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:16]


def _key(path: str) -> str:
    """Return what a file is found by, however its name is composed: a Mac's lists and files differ in this."""
    return unicodedata.normalize("NFC", os.path.normpath(path))


def _readable(path: str, version: Version) -> Version | None:
    """Return the version of a list, None while we may not read it, which is no change of the file."""
    return version if os.access(path, os.R_OK) else None


def _read(runtime: Runtime, path: Path, version: Version | None) -> _Sidecar:
    try:
        return _read_rows(runtime, path, version)
    except WorkerError as exc:
        return _Sidecar(version, {}, (describe(exc),))


def _read_rows(runtime: Runtime, path: Path, version: Version | None) -> _Sidecar:
    taxonomy, counts, kinds = runtime.store.taxonomies.current(), TagCounts(), Counter[Kind]()
    rows = read_list(path, taxonomy=taxonomy)
    common = Inputs(label_source=HOUSE, label_list=path.name, offered=rows.one_hot.words)
    naming: dict[str, tuple[NamingRow, ...]] = {}
    errors: list[JobError] = []
    for row in rows:
        tags = counts.read_tags(row.genres, HOUSE, taxonomy)
        kind = kind_of(row.source)
        kinds[kind] += 1
        if row.problem or kind not in (Kind.FILE, Kind.LINK, Kind.ID):
            why = row.problem or f"{row.source[:200]!r} is neither a video file nor a link"
            errors.append(describe(WorkerError("bad_source", f"row {row.row}: {why}")))
        elif kind is Kind.FILE:
            key = _key(os.path.join(path.parent, os.path.expanduser(row.source)))  # noqa: PTH111, PTH118 - as in lists
            naming[key] = (*naming.get(key, ()), NamingRow(with_note(row, tags), path.parent, common))
    n_links = kinds[Kind.LINK] + kinds[Kind.ID]
    links = [
        f"{count(n_links, 'row names a link', 'rows name links')}, not watched: trailers batch {path} runs them"
    ] * (n_links > 0)
    return _Sidecar(version, naming, tuple(errors), (*rows.notes, *counts.notes(), *links))

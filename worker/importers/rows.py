"""Rows of published data sets: one trailer each, or the reason why a row can't be used."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One trailer as published: `source` is a link, a YouTube id or an absolute path; `genres` are as written.

    `split` is the published part that it belongs to: train, valid or test.
    """

    source: str
    imdb_id: str | None = None
    title: str | None = None
    genres: tuple[str, ...] = ()
    split: str | None = None


@dataclass(frozen=True, slots=True)
class UnusableRow:
    """A row without a usable trailer: an error code and the reason."""

    code: str
    reason: str


Row = PublishedRow | UnusableRow
Read = Callable[[Path, Warn], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class ListDataset:
    """A published list of trailers; `vocabulary` names that of its genres (`classifier.genres`), `read` yields rows."""

    name: str
    vocabulary: str
    read: Read

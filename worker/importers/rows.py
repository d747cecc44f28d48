"""Rows of published data sets: one trailer each, or the error code of a row that has none which can be used."""

from collections.abc import Callable
from dataclasses import dataclass

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


Row = PublishedRow | str

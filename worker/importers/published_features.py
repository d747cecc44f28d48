"""Published features: trailers of a data set whose vectors, not videos, are known, and their import.

Neither weights nor frame rule of such features are known exactly, so they have features_ids of their own and are never
mixed with ours; the videos were never seen here, so their size, codec and digest are unknown (0, "").
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.taxonomy import NO_TAXONOMY
from db.features import check
from db.records import Source, Trailer, TrailerLabels, VideoRecord, is_trailer_id
from db.store import Store
from extractor.features import FrameFeatures, Provenance
from worker.batches.waiting import OnCount
from worker.errors import WorkerError, describe
from worker.importers.tally import Tally
from worker.links import parse_link

CHUNK = 200
_IMDB_ID = re.compile(r"tt\d{7,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublishedFilm:
    """A film of a data set by its `key` there; `genres` in the words of the set's vocabulary, `split` as published."""

    key: str
    genres: tuple[str, ...] = ()
    split: str | None = None
    title: str | None = None
    url: str | None = None


class Vectors(Protocol):
    """The vectors of a data set, opened."""

    def __contains__(self, film: PublishedFilm) -> bool:
        """Tell whether there are some of a film."""

    def read(self, film: PublishedFilm) -> NDArray[np.float32]:
        """Return those of a film, of shape (frames, dim); raises WorkerError for damaged ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeatures:
    """Features of a data set: its `name`, which its trailers' ids begin with, and where they were `published`.

    `backbone` made them, by `frames` (a word or two for the rule). `known` are the genres that the set decided on, None
    for all of its `vocabulary`; `n_bad` rows of its table can't be used. `open` gives the vectors.
    """

    name: str
    published: str
    backbone: str
    frames: str
    vocabulary: str
    films: Sequence[PublishedFilm]
    open: Callable[[], AbstractContextManager[Vectors]]
    known: tuple[str, ...] | None = None
    n_bad: int = 0

    @property
    def features_id(self) -> str:
        """The id of their own; its digits are a digest of the address."""
        digest = hashlib.sha256(self.published.encode()).hexdigest()[:8]
        return f"{self.backbone}-{self.name}-{digest}-{self.frames}"

    @property
    def provenance(self) -> Provenance:
        """What is known of how they were made."""
        return Provenance(self.backbone, "", f"{self.name}-{self.frames}", "float32", {"published": self.published})

    def trailer_id(self, film: PublishedFilm) -> str:
        """Return the id in the database: that of the film in this data set."""
        return f"{self.name}:{film.key}"


def find_url(text: str) -> str | None:
    """Return the address of a YouTube link or id of a data set, None for anything else."""
    with suppress(WorkerError):
        return parse_link(text, sites=("youtube",)).url
    return None


class Importer:
    """Writes the features and labels that aren't stored yet; what a killed run wrote is whole and not written again."""

    def __init__(self, features: PublishedFeatures, *, limit: int | None) -> None:
        self._features = features
        good = [film for film in features.films if is_trailer_id(features.trailer_id(film))]
        n_bad = features.n_bad + len(features.films) - len(good)
        self._films = good[:limit]
        self.tally = Tally(rows=len(self._films) + n_bad, problems=+Counter(bad_source=n_bad))
        self.n_written = 0

    def run(self, store: Store | None, on_count: OnCount = lambda *_: None) -> None:
        """Import into the store; None only checks which features can be read."""
        films, n_done = iter(self._films), 0
        with self._features.open() as vectors:
            while chunk := list(islice(films, CHUNK)):
                counts = store.features.counts(map(self._features.trailer_id, chunk)) if store else {}
                stored = {trailer_id for trailer_id, kind in counts if kind == self._features.features_id}
                for film in chunk:
                    is_stored = self._features.trailer_id(film) in stored
                    self._import_film(None if is_stored else store, film, vectors)
                    n_done += 1
                    on_count(n_done, len(self._films), "read")

    def _import_film(self, store: Store | None, film: PublishedFilm, vectors: Vectors) -> None:
        if film not in vectors:
            self.tally.problems["not_found"] += 1
            return
        try:
            if store:
                self._write(store, film, vectors.read(film))
        except WorkerError as exc:
            self.tally.problems[describe(exc).code] += 1
            return
        self.tally.used += 1
        self.tally.labelled += bool(self.tally.read_tags(film.genres, self._features.vocabulary, NO_TAXONOMY).genres)

    def _write(self, store: Store, film: PublishedFilm, vectors: NDArray[np.float32]) -> None:
        kind, trailer_id = self._features, self._features.trailer_id(film)
        seconds = np.arange(len(vectors), dtype=np.float64)
        features = FrameFeatures(kind.features_id, vectors, seconds, kind.provenance)
        try:
            check(features, dtype="float16")
        except ValueError as exc:
            raise WorkerError("corrupt", f"the features of {film.key}: {exc}") from exc
        source = Source(url=film.url or trailer_id, site=kind.name, video_id=film.key, title=film.title)
        video = VideoRecord(float(len(vectors)), 0, 0, 0.0, "unknown", 0, "")
        store.trailers.save(Trailer(trailer_id, source, video))
        imdb_id = film.key if _IMDB_ID.fullmatch(film.key) else None
        labels = TrailerLabels(film.genres, kind.vocabulary, imdb_id, film.split, kind.known)
        store.labels.update({trailer_id: labels})
        store.features.save(trailer_id, features)  # last, so that a trailer with features has everything
        self.n_written += 1

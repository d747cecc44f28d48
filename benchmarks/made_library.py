"""A large made-up library: synthetic trailers, predictions, features, jobs and a batch, written in bulk.

Titles and plots are drawn from a vocabulary as uneven as a language's, scores and timelines at random. Features have
a single frame: only their means, which similarity needs, have their real size.
"""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from classifier.genres import CANONICAL
from classifier.prediction import Evidence, GenrePrediction, GenreScore
from db.features import features_document
from db.predictions import prediction_document
from db.queue.batch_records import BatchRow, NewBatch
from db.queue.job_records import JobError, NewJob
from db.records import Source, Trailer, VideoRecord
from db.store import Store
from db.trailers import trailer_fields
from db.words import find_words
from extractor.features import FrameFeatures, Provenance
from extractor.networks.inception_graph import DIM
from extractor.video.filmstrip import Filmstrip, FilmstripMaker

GENRES = tuple(g for g in CANONICAL if g not in ("Adult", "Game-Show", "News", "Reality-TV", "Short", "Talk-Show"))
SECONDS = 150
CHUNK = 250  # documents in one write
STRIP_EVERY = 20  # one trailer in so many has a filmstrip, to save disk
VOCABULARY = 8000
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
CODES = ("unavailable", "private", "geo_blocked", "network_timeout")


@dataclass(frozen=True, slots=True)
class MadeLibrary:
    """What there is to request: a trailer with a filmstrip, a finished job, a batch, a common and a rare word."""

    trailer_id: str
    job_id: str
    batch_id: str
    n_rows: int
    common: str
    rare: str


class LibraryMaker:
    """Makes up a library of `n_trailers` with the predictions of one model; the same numbers each time."""

    def __init__(self, store: Store, *, n_trailers: int, features_id: str, model_id: str) -> None:
        self._store, self._n = store, n_trailers
        self._features_id, self._model_id = features_id, model_id
        self._random = np.random.default_rng(0)
        self._words = ["".join(self._random.choice(list(string.ascii_lowercase), 6)) for _ in range(VOCABULARY)]
        likely = 1 / np.arange(2, VOCABULARY + 2)  # Zipf's law
        self._cumulative = np.cumsum(likely / likely.sum())
        self._popular = self._random.normal(-2.5, 1.2, len(GENRES))

    def make(self, *, n_rows: int) -> MadeLibrary:
        """Write everything; return what a benchmark may request."""
        self._write("predictions", map(self._prediction, range(self._n)))
        self._write("features", map(self._features, range(self._n)))
        self._write("trailers", map(self._trailer, range(self._n)))
        self._store.verdicts.update(map(trailer_id, range(self._n)))
        for number in range(0, self._n, STRIP_EVERY):
            self._store.filmstrips.save(trailer_id(number), self._strip)
        jobs = self._store.jobs.submit([self._job(number) for number in range(self._n)])
        return MadeLibrary(trailer_id(0), jobs[0].job_id, self._batch(n_rows), n_rows, self._words[0], self._words[-1])

    def _write(self, collection: str, documents: Iterable[Mapping[str, Any]]) -> None:
        waiting = iter(documents)
        while chunk := list(islice(waiting, CHUNK)):
            self._store._access.collection(collection).insert_many(chunk, ordered=False)  # type: ignore[arg-type]

    def _text(self, n_words: int) -> str:
        places = np.searchsorted(self._cumulative, self._random.random(n_words))
        return " ".join(self._words[min(place, VOCABULARY - 1)] for place in places)

    def _trailer(self, number: int) -> dict[str, Any]:
        random, name = self._random, video_id(number)
        source = Source(url_of(number), "youtube", name, self._text(4).title(), self._text(2), self._text(60))
        video = VideoRecord(float(SECONDS), 640, 360, 24.0, "h264", 9_000_000, f"{number:064x}")
        fields = trailer_fields(Trailer(trailer_id(number), source, video))
        plot = self._text(60) if random.random() < 0.6 else None
        labels = {
            "genres": list(random.choice(GENRES, 2, replace=False)),
            "source": "movienet",
            "imdb_id": f"tt{number}",
        }
        time = _time_of(number)
        layer = {"source": labels["source"], "genres": labels["genres"], "at": time}
        reviewed = {"reviewed_at": time + timedelta(days=1)} if random.random() < 0.1 else {}
        return {
            "_id": trailer_id(number),
            **{key: value for key, value in fields.items() if key != "words.title"},
            "words": {"title": fields["words.title"], **({"plot": find_words(plot)} if plot else {})},
            **({"plot": plot} if plot else {}),
            **({"labels": labels, "layers": [layer]} if random.random() < 0.5 else {}),
            **reviewed,
            "created_at": time,
            "updated_at": time,
        }

    def _prediction(self, number: int) -> dict[str, Any]:
        logits = self._popular + self._random.normal(0, 1.3, len(GENRES))  # (genres,)
        noise = self._random.normal(0, 0.7, (len(GENRES), SECONDS)).astype(np.float32)
        seconds = 1 / (1 + np.exp(-(logits[:, None] + noise)))  # (genres, seconds)
        scores = seconds.mean(axis=1)
        order = np.argsort(-scores)
        genres = tuple(
            GenreScore(GENRES[place], float(scores[place]), 0.3, bool(scores[place] >= 0.3), rank)
            for rank, place in enumerate(order, start=1)
        )
        evidence = tuple(Evidence(genre.genre, 30.0, 38.0, genre.score) for genre in genres[:3])
        timeline = {genre: tuple(row) for genre, row in zip(GENRES, seconds.tolist(), strict=True)}
        prediction = GenrePrediction(self._model_id, self._features_id, genres, evidence, timeline)
        return prediction_document(trailer_id(number), prediction, inputs={})

    def _features(self, number: int) -> dict[str, Any]:
        vectors = self._random.gamma(0.5, 0.8, (1, DIM)).astype(np.float32)
        made_by = Provenance("inception_v3", "00", "r1", "float32", {})
        features = FrameFeatures(self._features_id, vectors, np.arange(1, dtype=np.float64), made_by)
        document = features_document(trailer_id(number), features, dtype="float16")
        return {**document, "created_at": _time_of(number)}

    @cached_property
    def _strip(self) -> Filmstrip:
        """A filmstrip of moving colours, of about the size of a film's."""
        maker = FilmstripMaker(16 / 9)
        coarse = self._random.integers(0, 255, (SECONDS, 13, 13, 3), dtype=np.uint8)
        maker.add(coarse.repeat(23, axis=1).repeat(23, axis=2))  # (seconds, 299, 299, 3)
        return maker.finish()

    def _job(self, number: int, *, batch_id: str | None = None) -> NewJob:
        return NewJob(
            key=f"made/{number}",
            trailer_id=trailer_id(number),
            source=url_of(number),
            site="youtube",
            features_id=self._features_id,
            model_id=self._model_id,
            lane="download",
            stored=number < self._n,
            batch_id=batch_id,
            asked_by="made",
        )

    def _batch(self, n_rows: int) -> str:
        """Write a batch: of its rows six tenths are done, three wait, one has failed, each in four kinds of rows."""
        new = NewBatch("made.csv", "", "0" * 64, "missing", n_rows, self._features_id, self._model_id)
        batch = self._store.batches.begin(new, number=1)
        numbers = [number if number % 10 < 6 else self._n + number for number in range(n_rows)]
        with_job = [
            number for number in numbers if number % 20
        ]  # the others have a stored prediction, or are bad links
        jobs = self._store.jobs.submit([self._job(number, batch_id=batch.batch_id) for number in with_job])
        job_ids = dict(zip(with_job, (job.job_id for job in jobs), strict=True))
        self._fail([job.job_id for number, job in zip(with_job, jobs, strict=True) if number % 10 == 9])
        rows = [self._row(batch.batch_id, row, number, job_ids) for row, number in enumerate(numbers, start=1)]
        for start in range(0, n_rows, 1000):
            self._store.batches.write(rows[start : start + 1000])
        self._store.batches.prepared(batch.batch_id)
        return batch.batch_id

    def _row(self, batch_id: str, row: int, number: int, job_ids: Mapping[int, str]) -> BatchRow:
        job_id = job_ids.get(number)
        bad = job_id is None and row % 3 == 0
        return BatchRow(
            batch_id,
            row,
            url_of(number),
            title=f"Row {row}",
            trailer_id=None if bad else trailer_id(number),
            job_id=job_id,
            error=JobError("bad_source", "permanent", "it is not a link") if bad else None,
            model_id=None if job_id or bad else self._model_id,
            modalities=() if job_id or bad else ("trailer",),
        )

    def _fail(self, job_ids: Sequence[str]) -> None:
        for place, code in enumerate(CODES):
            error = {"code": code, "class": "permanent", "message": "made up"}
            ended = {"stage": "failed", "lane": None, "error": error}
            wanted = {"_id": {"$in": list(job_ids[place :: len(CODES)])}}
            self._store._access.collection("jobs").update_many(wanted, {"$set": ended})


def _time_of(number: int) -> datetime:
    return FIRST + timedelta(minutes=37 * number)


def video_id(number: int) -> str:
    """Return the id of a made-up video."""
    return f"made{number:07}"


def trailer_id(number: int) -> str:
    """Return the id of a made-up trailer."""
    return f"youtube:{video_id(number)}"


def url_of(number: int) -> str:
    """Return the link of a made-up trailer."""
    return f"https://www.youtube.com/watch?v={video_id(number)}"

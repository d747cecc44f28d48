"""Data sets of features of one kind with their labels and groups: from the database, or a file made of it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.counts import count
from classifier.data.dataset import Dataset
from classifier.data.files import load_dataset
from classifier.data.label_matrix import RowLabels, label_matrix
from classifier.errors import BadTrainingData
from classifier.genres import CANONICAL
from classifier.ragged import Ragged
from classifier.title_stem import group_films, title_stem
from db.fields import row_labels
from db.identity import TrailerIdentity
from db.records import LabelledTrailer, TagLayer
from db.store import Store
from db.words import fold_text
from extractor.networks.weights import file_digest
from worker.errors import WorkerError
from worker.learning.genre_choice import ALL_GENRES, GenreChoice
from worker.learning.listener import LearningListener
from worker.runtime import Runtime

CHUNK = 500
NAMES: Mapping[TagLayer, str] = {"effective": "labels", "review": "a review", "house": "tags of your house"}
OnTrailer = Callable[[int, int, str], None]
Choose = Callable[[list[RowLabels]], list[RowLabels | None]]


def read_learning_data(
    runtime: Runtime,
    *,
    file: Path | None,
    features_id: str | None,
    listener: LearningListener,
    choice: GenreChoice = ALL_GENRES,
) -> tuple[Dataset, str]:
    """Return the labelled rows of `file`, or of the database if it is None, and their description.

    Raises BadTrainingData, WorkerError (not_found, bad_source) where there is nothing to learn from.
    """
    if file is not None:
        data = load_dataset(file)
        words = f"{count(len(data), 'row')} of {file.name} (sha256 {file_digest(file, 'sha256')[:16]})"
    else:
        chosen = choose_features_id(runtime.store, wanted=features_id, current=runtime.own_features_id())
        report = listener.progress.stage("reading features")
        data = dataset_from_store(
            runtime.store,
            chosen,
            layer=choice.layer,
            choose=lambda rows: choice.choose(rows, listener.say),
            on_count=lambda done, total, words: report(done, total),
        )
        words = f"{count(len(data), 'labelled trailer')} of the database"
    labelled = np.asarray(data.known.any(axis=1))
    if not labelled.any():
        raise WorkerError("bad_source", f"none of the {len(data)} rows has labels; see trailers labels import --help")
    return (data if labelled.all() else data.rows(labelled)), words


def choose_features_id(store: Store, *, wanted: str | None, current: str | None) -> str:
    """Return the features_id wanted, else the only one there is, else the current one if any trailer has it.

    Raises WorkerError (not_found) when that leaves none or several.
    """
    kinds = store.features.kinds()
    chosen = wanted or (next(iter(kinds)) if len(kinds) == 1 else current)
    if chosen is not None and chosen in kinds:
        return chosen
    stored = "; ".join(f"{features_id} ({count(n, 'trailer')})" for features_id, n in kinds.items())
    if not kinds:
        raise WorkerError("not_found", "no trailer has features yet: trailers analyze makes them")
    if wanted:
        raise WorkerError("not_found", f"no trailer has features of {wanted}; there are: {stored}")
    found = f"no features of {chosen}" if chosen else "features of several kinds"
    raise WorkerError("not_found", f"there are {found}; give --features-id, one of: {stored}")


def dataset_from_store(
    store: Store,
    features_id: str,
    *,
    layer: TagLayer | None = "effective",
    limit: int | None = None,
    choose: Choose = list,
    on_count: OnTrailer = lambda done, total, words: None,
) -> Dataset:
    """Return the features of this id with the labels of their trailers, in the order of trailer_id, as float16.

    The labels are those in effect or of one `layer`, and trailers without them are left out; None: those in effect, of
    all trailers. `choose` says how the labels of each count, None for a trailer that is left out. A group is a film or
    franchise: of one film_id, imdb_id, franchise or title stem. Vectors are in memory once. Raises BadTrainingData when
    there are no such trailers.
    """
    found, counts = _with_features(store, features_id, layer=layer, limit=limit)
    if not found:
        what = "trailer" if layer is None else f"trailer with {NAMES[layer]}"
        command = "review" if layer == "review" else "labels import"
        raise BadTrainingData(f"no {what} has features of {features_id}; see trailers {command} --help")
    chosen = choose([row_labels(trailer.labels) for trailer in found])
    labels = [row for row in chosen if row]
    if not labels:
        raise BadTrainingData(f"none of the {len(found)} trailers counts: name other --genres")
    trailers = list(compress(found, chosen))
    offsets = np.concatenate([[0], np.cumsum(list(compress(counts, chosen)), dtype=np.int64)])
    columns = _named(labels)
    Y, known = label_matrix(labels, columns)
    return Dataset(
        X=_frames(store, features_id, trailers, offsets, on_count),
        Y=Y,
        known=known,
        genres=columns,
        ids=tuple(trailer.trailer_id for trailer in trailers),
        groups=_groups(trailers, store.identities.read(trailer.trailer_id for trailer in trailers)),
        digests=tuple(trailer.sha256 for trailer in trailers),
        published=tuple(trailer.labels.split or "" for trailer in trailers),
        features_id=features_id,
    )


def _with_features(
    store: Store, features_id: str, *, layer: TagLayer | None, limit: int | None
) -> tuple[list[LabelledTrailer], list[int]]:
    """Return the trailers that have such features, and the number of frames of each."""
    found: list[LabelledTrailer] = []
    counts: list[int] = []
    every = store.labels.iterate(layer)
    while chunk := list(islice(every, CHUNK)):
        frames = store.features.counts([trailer.trailer_id for trailer in chunk])
        for trailer in chunk:
            n_frames = frames.get((trailer.trailer_id, features_id))
            if n_frames and (limit is None or len(found) < limit):
                found.append(trailer)
                counts.append(n_frames)
        if limit is not None and len(found) >= limit:
            break
    return found, counts


def _frames(
    store: Store,
    features_id: str,
    trailers: Sequence[LabelledTrailer],
    offsets: NDArray[np.int64],
    on_count: OnTrailer,
) -> Ragged:
    """Return the usable frames of trailers; `offsets` are where all frames of each begin."""
    values = np.empty((int(offsets[-1]), store.features.dim(features_id)), np.float16)  # (all frames, dim)
    places = {trailer.trailer_id: place for place, trailer in enumerate(trailers)}
    lengths = np.diff(offsets)
    n_done = 0
    for first in range(0, len(trailers), CHUNK):
        ids = [trailer.trailer_id for trailer in trailers[first : first + CHUNK]]
        for trailer_id, features in store.features.load_all(ids, features_id):
            place = places[trailer_id]
            rows = values[offsets[place] : offsets[place + 1]]
            if len(rows) != len(features):
                raise BadTrainingData(f"the features of {trailer_id} changed while they were read; run this again")
            with np.errstate(over="ignore"):  # what float16 can't hold becomes infinite, and Dataset refuses it
                usable = features.vectors[features.usable]
                rows[: len(usable)] = usable
            lengths[place] = len(usable)
            n_done += 1
            on_count(n_done, len(trailers), "read")
    if n_done != len(trailers):
        raise BadTrainingData(
            f"{count(len(trailers) - n_done, 'trailer')} lost their features while they were read; run this again"
        )
    return _close_up(values, offsets, lengths)


def _close_up(values: NDArray[np.float16], offsets: NDArray[np.int64], lengths: NDArray[np.int64]) -> Ragged:
    """Return the sequences of these lengths that begin at the offsets, moved in place to leave no gaps."""
    closed = np.concatenate(([0], np.cumsum(lengths)))
    for begin, start, length in zip(offsets, closed, lengths, strict=False):
        if begin != start:
            values[start : start + length] = values[begin : begin + length]
    return Ragged(values[: closed[-1]], closed)


def _named(labels: Sequence[RowLabels]) -> tuple[str, ...]:
    named = {genre for row in labels for genre in row.named}
    return tuple(genre for genre in CANONICAL if genre in named)


def _groups(trailers: Sequence[LabelledTrailer], identities: Mapping[str, TrailerIdentity]) -> tuple[str, ...]:
    """Return the group of each trailer; one without any identity is a group of its own."""
    known = [identities.get(trailer.trailer_id, TrailerIdentity()) for trailer in trailers]
    pairs = list(zip(trailers, known, strict=True))
    stems = [title_stem(title) if (title := _title(*pair)) else "" for pair in pairs]
    films = [identity.film_id or "" for identity in known]
    imdb_ids = [trailer.labels.imdb_id or "" for trailer in trailers]
    franchises = [fold_text(identity.franchise or "") for identity in known]
    any_of = zip(stems, films, imdb_ids, franchises, strict=True)
    alone = ["" if any(each) else trailer.trailer_id for each, trailer in zip(any_of, trailers, strict=True)]
    return group_films(stems, films, imdb_ids, franchises, alone)


def _title(trailer: LabelledTrailer, identity: TrailerIdentity) -> str:
    """Return the customer's title, else the site's; the name of a file or a URL says nothing about the film."""
    return identity.title or ("" if trailer.trailer_id.startswith("file:") else trailer.title or "")

"""Labelled posters as a data set: rows of one frame, from one collection or several."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelColumns, LabelledFile, read_labels
from classifier.ragged import Ragged
from extractor.networks.backbone import Backbone
from worker.errors import WorkerError
from worker.learning.listener import LearningListener
from worker.learning.poster_features import PosterFeatures, Reader, extract_posters, open_collection
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class PosterTable:
    """Collections of posters (zips or folders), and a table that names their files and genres.

    Each collection has its own column of file names in `columns.files`, in the same order; raises WorkerError
    (bad_source) when their numbers differ.
    """

    posters: tuple[Path, ...]
    labels: Path
    columns: LabelColumns

    def __post_init__(self) -> None:
        if len(self.posters) != len(self.columns.files):
            raise WorkerError(
                "bad_source",
                f"{len(self.posters)} --posters, but {len(self.columns.files)} --file-column: give one for each",
            )


def poster_dataset(
    table: PosterTable, backbone: Backbone, *, settings: Settings, listener: LearningListener
) -> tuple[Dataset, str]:
    """Return labelled posters as `backbone` sees them, rows of one frame, and their description.

    Raises what reading the table and the collections does.
    """
    labels = read_labels(table.labels, table.columns)
    listener.say(
        f"{len(labels.files):,} labelled posters ({labels.skipped:,} rows without, {labels.repeated:,} repeated)"
    )
    rows, found = read_posters(table, labels.files, backbone, settings=settings, listener=listener)
    X = Ragged.singles(np.concatenate([features.vectors for features in found]))
    data = _label(X, rows, several=len(found) > 1, features_id=backbone.features_id)
    return data, describe_posters(table, found)


def read_posters(
    table: PosterTable,
    files: Sequence[LabelledFile],
    backbone: Backbone,
    *,
    settings: Settings,
    listener: LearningListener,
) -> tuple[list[LabelledFile], list[PosterFeatures]]:
    """Return the labelled files that can be read, and the features of each collection, in the same order."""
    rows: list[LabelledFile] = []
    found: list[PosterFeatures] = []
    for place, posters in enumerate(table.posters):
        known = {file.file: file for file in files if file.collection == place}
        features = extract_posters(
            posters,
            list(known),
            backbone,
            cache=settings.home / "cache" / "posters",
            on_progress=listener.progress.stage(f"extracting {posters.name}"),
        )
        n_read, n_bad = len(features.names), features.n_bad
        listener.say(f"{posters.name}: features of {n_read:,} posters ({n_bad:,} could not be read)")
        rows += [known[name] for name in features.names]
        found.append(features)
    return rows, found


@contextmanager
def open_rows(table: PosterTable) -> Iterator[Reader]:
    """Give a function that reads the file of a row by its id."""
    with ExitStack() as stack:
        readers = [stack.enter_context(open_collection(posters))[1] for posters in table.posters]

        def read(row: str) -> bytes:
            place, _, name = row.partition("/") if len(readers) > 1 else ("0", "/", row)
            return readers[int(place)](name)

        yield read


def _label(X: Ragged, rows: list[LabelledFile], *, several: bool, features_id: str) -> Dataset:
    genres, has, known = labelled_genres(rows)
    return Dataset(
        X=X,
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"{row.collection}/{row.file}" if several else row.file for row in rows),
        groups=tuple(row.group for row in rows),
        digests=("",) * len(rows),
        features_id=features_id,
        modality="poster",
    )


def describe_posters(table: PosterTable, found: list[PosterFeatures]) -> str:
    """Return what was read, in words."""
    collections = " and ".join(
        f"{len(features.names)} posters of {posters.name} (sha256 {features.sha256[:16]})"
        for posters, features in zip(table.posters, found, strict=True)
    )
    return f"{collections}, genres from {', '.join(name for name, _ in table.columns.genres)} of {table.labels.name}"

"""Labelled posters as a data set: rows of one frame, from one collection or several."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
from numpy.typing import NDArray

from classifier.counts import count
from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile
from classifier.ragged import Ragged
from extractor.networks.backbone import Backbone
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.poster_features import Reader, extract_posters, open_collection
from worker.settings import Settings


def poster_dataset(
    table: LabelTable, backbone: Backbone, *, settings: Settings, listener: LearningListener
) -> tuple[Dataset, str]:
    """Return labelled posters as `backbone` sees them, rows of one frame, and their description.

    Raises what reading the table and the collections does.
    """
    files = table.read(listener)
    rows, vectors, description = read_posters(table, files, backbone, settings=settings, listener=listener)
    genres, has, known = labelled_genres(rows)
    data = Dataset(
        X=Ragged.singles(vectors),
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"{row.collection}/{row.file}" if len(table.posters) > 1 else row.file for row in rows),
        groups=tuple(row.group for row in rows),
        digests=("",) * len(rows),
        published=tuple(row.published for row in rows),
        features_id=backbone.features_id,
        modality="poster",
    )
    return data, description


def read_posters(
    table: LabelTable,
    files: Sequence[LabelledFile],
    backbone: Backbone,
    *,
    settings: Settings,
    listener: LearningListener,
) -> tuple[list[LabelledFile], NDArray[np.float32], str]:
    """Return the labelled files that can be read, the vector of each, and their description."""
    rows: list[LabelledFile] = []
    vectors: list[NDArray[np.float32]] = []
    described: list[str] = []
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
        listener.say(f"{posters.name}: features of {count(n_read, 'poster')} ({n_bad:,} could not be read)")
        rows += [known[name] for name in features.names]
        vectors.append(features.vectors)
        described.append(f"{count(n_read, 'poster')} of {posters.name} (sha256 {features.sha256[:16]})")
    description = f"{' and '.join(described)}, genres from {table.genre_columns} of {table.path.name}"
    return rows, np.concatenate(vectors), description


@contextmanager
def open_rows(table: LabelTable) -> Iterator[Reader]:
    """Give a function that reads the file of a row by its id."""
    with ExitStack() as stack:
        readers = [stack.enter_context(open_collection(posters))[1] for posters in table.posters]

        def read(row: str) -> bytes:
            place, _, name = row.partition("/") if len(readers) > 1 else ("0", "/", row)
            return readers[int(place)](name)

        yield read

"""Labelled plots or titles as a data set: rows of words, or of one vector for each plot if an encoder reads them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile
from classifier.ragged import Ragged
from extractor.errors import BadPlot
from extractor.networks.weights import file_digest
from extractor.plots import WORDS_ID, Plot, read_plot
from extractor.sentences import SentenceEncoder
from extractor.titles import TITLE_ID, Title, read_title
from worker.errors import WorkerError
from worker.learning.kept_vectors import load_chunks, save_chunk
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener

LabelledText = tuple[LabelledFile, Plot | Title]
READERS: Mapping[str, Callable[[str], Plot | Title]] = {"plot": read_plot, "title": read_title}
IDS = {"plot": WORDS_ID, "title": TITLE_ID}
CHUNK = 1024  # plots, twenty seconds of one core


def text_dataset(table: LabelTable, listener: LearningListener, *, home: Path) -> tuple[Dataset, str]:
    """Return labelled plots or titles as rows, and their description; of those with the same words the first counts.

    Raises BadTrainingData for a table that can't be read, WorkerError (bad_source) for one without a usable text, and
    as `read_encoder` does.
    """
    (name,) = table.texts
    rows = read_texts(table, name, table.read(listener), listener)
    X, features_id = _features(table, rows, home, listener)
    labels, texts = zip(*rows, strict=True)
    genres, has, known = labelled_genres(labels)
    data = Dataset(
        X=X,
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"{name}:{text.digest[:16]}" for text in texts),
        groups=tuple(label.group for label in labels),
        digests=tuple(text.digest for text in texts),
        published=tuple(label.published for label in labels),
        features_id=features_id,
        modality=name,
    )
    digest = file_digest(table.path, "sha256")[:16]
    return data, f"{len(rows)} {name}s of {table.path.name} (sha256 {digest}), genres from {table.genre_columns}"


def read_texts(
    table: LabelTable, name: str, files: Sequence[LabelledFile], listener: LearningListener
) -> list[LabelledText]:
    """Return the plots or titles, as `name` says, that can be read, each once.

    A text that belongs to no group is in one named after its digest, rather than after all its words. Raises
    WorkerError (bad_source) if there are none.
    """
    rows: dict[str, LabelledText] = {}
    named = table.of_text(files, name)
    report = listener.progress.stage(f"reading {name}s")
    for done, label in enumerate(named, start=1):
        try:
            text = READERS[name](label.file)
        except BadPlot:
            continue  # counted below
        group = text.digest if label.group == label.file else label.group
        rows.setdefault(text.digest, (replace(label, group=group), text))
        report(done, len(named))
    listener.say(
        f"{len(rows):,} {name}s read ({len(named) - len(rows):,} without a word, too long, or with the same words as "
        "another)"
    )
    if not rows:
        raise WorkerError(
            "bad_source", f"{table.path} has no {name} that can be read: name its column with --{name}-column"
        )
    return list(rows.values())


def _features(
    table: LabelTable, rows: Sequence[LabelledText], home: Path, listener: LearningListener
) -> tuple[Ragged, str]:
    if table.encoder is None:
        return Ragged.from_sequences([text.vectors for _, text in rows]), IDS[table.texts[0]]
    encoder = SentenceEncoder(table.encoder)
    vectors = encode_plots(encoder, [text.text for _, text in rows], home=home, listener=listener)
    return Ragged.singles(vectors), encoder.features_id


def encode_plots(
    encoder: SentenceEncoder, plots: Sequence[str], *, home: Path, listener: LearningListener
) -> NDArray[np.float32]:
    """Return the vector of each plot, (plots, dim); those that an earlier run made are read from a cache in `home`."""
    folder, report = home / "cache" / "sentences" / encoder.features_id, listener.progress.stage("encoding plots")
    keys = [hashlib.sha256(plot.encode("utf-8", "surrogatepass")).hexdigest() for plot in plots]
    cached = load_chunks(folder)
    missing = [(key, plot) for key, plot in dict(zip(keys, plots, strict=True)).items() if key not in cached]
    for start in range(0, len(missing), CHUNK):
        report(len(plots) - len(missing) + start, len(plots))
        names, texts = zip(*missing[start : start + CHUNK], strict=True)
        vectors = encoder.encode(texts, on_count=lambda done, total: None)
        save_chunk(folder, chunk := dict(zip(names, vectors, strict=True)), dim=vectors.shape[1])
        cached |= chunk
    return np.array([cached[key] for key in keys], dtype=np.float32)

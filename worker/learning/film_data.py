"""Labelled films as a data set: posters, plots and titles from the same rows of a table."""

from collections.abc import Callable

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.label_matrix import labelled_genres
from classifier.views import Part, Views
from extractor.networks.backbone import Backbone
from extractor.sentences import USUAL, SentenceEncoder
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.poster_data import poster_dataset, read_posters
from worker.learning.text_data import IDS, encode_plots, read_texts, text_dataset
from worker.settings import Settings


def read_table(
    table: LabelTable, open_backbone: Callable[[], Backbone], *, settings: Settings, listener: LearningListener
) -> tuple[Dataset | Films, str]:
    """Return the labelled rows of a table and their description; raises what reading them does.

    Posters are looked at by the network that `open_backbone` opens.
    """
    if not table.posters and len(table.texts) == 1 and not table.sentences:
        return text_dataset(table, listener, home=settings.home)
    if not table.texts:
        return poster_dataset(table, open_backbone(), settings=settings, listener=listener)
    backbone = open_backbone() if table.posters else None
    return film_dataset(table, backbone, settings=settings, listener=listener)


def film_dataset(
    table: LabelTable, backbone: Backbone | None, *, settings: Settings, listener: LearningListener
) -> tuple[Films, str]:
    """Return the films of a table with the posters, where a backbone looks at them, plots and titles they have.

    Beside them stands their description. Of several posters of a film the first counts, of several films with one text
    the first. Raises what reading the table and the collections does, WorkerError (bad_source) where no text of a
    column can be read.
    """
    files = table.read(listener)
    texts = {name: read_texts(table, name, files, listener) for name in table.texts}
    labels = {label.row: label for read in reversed(texts.values()) for label, _ in reversed(read)}
    found = {name: {label.row: text.vectors for label, text in reversed(read)} for name, read in texts.items()}
    ids, descriptions = dict(IDS), [f"{len(read)} {name}s of {table.path.name}" for name, read in texts.items()]
    if table.sentences:
        encoder, read = SentenceEncoder(USUAL), texts["plot"]
        encoded = encode_plots(encoder, [text.text for _, text in read], home=settings.home, listener=listener)
        vectors_by_row = zip(read, encoded, strict=True)
        found["sentence"] = {label.row: vector[np.newaxis] for (label, _), vector in reversed(list(vectors_by_row))}
        ids["sentence"] = encoder.features_id
        descriptions.append(f"the plots as {encoder.features_id} reads them")
    if backbone is not None:
        named, vectors, description = read_posters(table, files, backbone, settings=settings, listener=listener)
        found["poster"] = {
            file.row: vector[np.newaxis] for file, vector in reversed(list(zip(named, vectors, strict=True)))
        }
        labels |= {file.row: file for file in reversed(named)}
        ids["poster"] = backbone.features_id
        descriptions.insert(0, description)
    rows = sorted(labels)
    genres, has, known = labelled_genres([labels[row] for row in rows])
    parts = {name: Part.from_vectors(vectors, rows, ids[name]) for name, vectors in found.items()}
    digests = {label.row: text.digest for read in reversed(texts.values()) for label, text in reversed(read)}
    films = Films(
        views=Views(parts),
        Y=has,
        known=known,
        genres=genres,
        ids=tuple(f"row {row + 1}" for row in rows),
        groups=tuple(labels[row].group for row in rows),
        digests=tuple(digests.get(row, "") for row in rows),
        published=tuple(labels[row].published for row in rows),
    )
    return films, ", ".join(descriptions)

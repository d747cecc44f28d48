"""`trailers train --posters`: pictures and a labels table in, a model in the database out."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.labels import LabelledFile, read_labels
from classifier.training import Trained, TrainingOptions, train_pooled
from classifier.training_set import TrainingSet
from worker.poster_features import PosterFeatures, extract_posters
from worker.progress import Progress
from worker.registry import register
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class PosterTable:
    """Where the posters are, and which columns of the labels table say what."""

    posters: Path
    labels: Path
    file_column: str
    genres_column: str
    group_columns: tuple[str, ...]


def train_on_posters(
    runtime: Runtime, table: PosterTable, *, name: str, seed: int, say: Callable[[str], None], progress: Progress
) -> Trained:
    """Train a model on posters, keep it in the database and put it to use; `say` gets a line for each step."""
    labels = read_labels(
        table.labels,
        file_column=table.file_column,
        genres_column=table.genres_column,
        group_columns=table.group_columns,
    )
    say(f"{len(labels.files):,} labelled posters ({labels.skipped:,} rows without, {labels.repeated:,} repeated)")
    features = extract_posters(
        table.posters,
        [file.file for file in labels.files],
        runtime.backbone,
        cache=runtime.settings.home / "cache" / "posters",
        on_progress=progress.stage("extracting posters"),
    )
    say(f"{len(features.names):,} posters extracted ({features.n_bad:,} could not be read)")
    options = TrainingOptions(
        name=name,
        description=f"{len(features.names)} posters of {table.posters.name} (sha256 {features.sha256[:16]}), "
        f"genres from column {table.genres_column} of {table.labels.name}",
        modality="poster",
        features_id=runtime.backbone.features_id,
        created_at=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        seed=seed,
    )
    trained = train_pooled(_training_set(features, labels.files), options, report=say)
    register(runtime.store, trained.model)
    return trained


def _training_set(features: PosterFeatures, files: tuple[LabelledFile, ...]) -> TrainingSet:
    known = {file.file: file for file in files}
    rows = [known[name] for name in features.names]
    genres = tuple(sorted({genre for row in rows for genre in row.genres}))
    labels = np.array([[genre in row.genres for genre in genres] for row in rows], dtype=np.bool_)
    return TrainingSet(features.vectors, labels, genres, tuple(row.group for row in rows))

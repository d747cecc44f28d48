"""Learning data of `trailers train` and `trailers evaluate`: a file, or the labelled trailers of the database."""

from pathlib import Path

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.files import load_dataset
from extractor.networks.weights import file_digest
from worker.errors import WorkerError
from worker.learning.datasets import choose_features_id, dataset_from_store
from worker.progress import Progress
from worker.runtime import Runtime


def read_learning_data(
    runtime: Runtime, *, file: Path | None, features_id: str | None, progress: Progress
) -> tuple[Dataset, str]:
    """Return the labelled rows of `file`, or of the database if it is None, and their description.

    Raises BadTrainingData, WorkerError (not_found, bad_source) where there is nothing to learn from.
    """
    if file is not None:
        data = load_dataset(file)
        words = f"{len(data)} rows of {file.name} (sha256 {file_digest(file, 'sha256')[:16]})"
    else:
        chosen = choose_features_id(runtime.store, wanted=features_id, current=runtime.own_features_id())
        report = progress.stage("reading features")
        data = dataset_from_store(runtime.store, chosen, on_count=lambda done, total, words: report(done, total))
        words = f"{len(data)} labelled trailers of the database"
    labelled = np.asarray(data.known.any(axis=1))
    if not labelled.any():
        raise WorkerError("bad_source", f"none of the {len(data)} rows has labels; see trailers labels import --help")
    return (data if labelled.all() else data.rows(labelled)), words

"""`trailers train`: features with labels in, a model in the database and a folder of pictures out."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split, make_split
from classifier.data.training_films import TrainingFilms
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.training import TrainedModel, train
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.learning.history import Recorder, read_history
from worker.learning.listener import LearningListener
from worker.learning.memory import tell_memory

SPLIT_FILE = "split.json"


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """Labelled rows, how to train on them, and the weights that fine-tuning made.

    `split` is a split, or a file to read it from or write it to; None for a new one, which tests on films that are
    not `learnt`: those of the model that predicts now.
    """

    data: Dataset | Films
    options: TrainingOptions
    split: Path | Split | None
    tuned: Weights | None = None
    learnt: TrainingFilms | None = None


def train_model(source: TrainingSource, *, home: Path, listener: LearningListener) -> tuple[TrainedModel, Path]:
    """Train a model; return it and the folder with its files.

    What is finished is in a folder of the data folder `home`, named after data, split and options: the same training,
    interrupted and started again, goes on from there.
    """
    options, split = source.options, find_split(source)
    key = (options.seed, options.min_positives, options.neural, options.joins)
    folder = make_folder(source, split, home=home, key=key)
    steps = TrainingListener(say=listener.say, monitor=lambda head: Recorder(head, folder, listener.progress))
    tell_memory(source.data, options.neural, options.heads, say=listener.say)
    trained = train(source.data, split, options, folder=folder, listener=steps)
    _draw(trained, folder)
    return trained, folder


def _draw(trained: TrainedModel, folder: Path) -> None:
    from classifier.training.curves import draw_genres, draw_learning, draw_reliability  # a second of matplotlib

    draw_learning(read_history(folder), folder / "learning.png")
    draw_genres(trained.report.evaluation, folder / "genres.png")
    draw_reliability(trained.test, folder / "reliability.png")


def find_split(source: TrainingSource) -> Split:
    """Return the split that is asked for, or a new one."""
    if isinstance(source.split, Split):
        return source.split
    if source.split is not None and source.split.exists():
        return Split.load(source.split)
    return make_split(source.data, seed=source.options.seed, learnt=source.learnt)


def make_folder(source: TrainingSource, split: Split, *, home: Path, key: tuple[object, ...]) -> Path:
    """Return the folder of a training, named after data, split and `key`; write the split if its file is missing.

    Raises WorkerError (bad_source) where the split can't be written.
    """
    digest = hashlib.sha256(repr((source.data.sha256, split.sha256, *key)).encode()).hexdigest()
    folder = home / "trainings" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    path = source.split if isinstance(source.split, Path) else folder / SPLIT_FILE
    try:
        if not path.exists():
            split.save(path)
    except OSError as exc:
        raise WorkerError("bad_source", f"the split can't be written to {str(path)!r}: {exc.strerror}") from exc
    return folder

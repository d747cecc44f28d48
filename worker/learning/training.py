"""`trailers train`: features with labels in, a model in the database and a folder of pictures out."""

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split, make_split
from classifier.evaluation.thresholds import Objective
from classifier.heads.options import NeuralOptions
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.training import TrainedModel, train
from worker.errors import WorkerError
from worker.learning.history import make_recorder, read_history
from worker.progress import Progress

SPLIT_FILE = "split.json"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What the user asks of a training; `split` is one, or a file to read it from, or to write it to."""

    name: str
    heads: tuple[str, ...]
    objective: Objective
    seed: int
    min_positives: int
    neural: NeuralOptions
    split: Path | Split | None
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training and the folder where its pieces lie."""

    trained: TrainedModel
    folder: Path


def train_model(
    data: Dataset | Films,
    wishes: TrainingRequest,
    *,
    home: Path,
    description: str,
    say: Callable[[str], None],
    progress: Progress,
) -> Run:
    """Train a model; `say` gets a line for each step.

    What is finished lies in a folder of the data folder `home`, named after data, split and wishes: the same
    training, cut off and begun again, goes on from there.
    """
    split = find_split(data, wishes)
    folder = home / "trainings" / _key(data, split, wishes)
    folder.mkdir(parents=True, exist_ok=True)
    save_split(split, wishes.split if isinstance(wishes.split, Path) else folder / SPLIT_FILE)
    options = TrainingOptions(
        name=wishes.name,
        description=description,
        created_at=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        heads=wishes.heads,
        objective=wishes.objective,
        seed=wishes.seed,
        min_positives=wishes.min_positives,
        neural=wishes.neural,
        joins=wishes.joins,
    )
    listener = TrainingListener(say=say, monitor=make_recorder(folder, progress))
    trained = train(data, split, options, folder=folder, listener=listener)
    _draw(trained, folder)
    return Run(trained, folder)


def _draw(trained: TrainedModel, folder: Path) -> None:
    from classifier.training.curves import draw_genres, draw_learning, draw_reliability  # a second of matplotlib

    draw_learning(read_history(folder), folder / "learning.png")
    draw_genres(trained.report.evaluation, folder / "genres.png")
    draw_reliability(trained.test, folder / "reliability.png")


def find_split(data: Dataset | Films, wishes: TrainingRequest) -> Split:
    """Return the split that is wished for, or a new one."""
    if isinstance(wishes.split, Split):
        return wishes.split
    if wishes.split is not None and wishes.split.exists():
        return Split.load(wishes.split)
    return make_split(data, seed=wishes.seed)


def save_split(split: Split, path: Path) -> None:
    """Write the split where there is none yet; raises WorkerError (bad_source)."""
    if path.exists():
        return
    try:
        split.save(path)
    except OSError as exc:
        raise WorkerError("bad_source", f"the split can't be written to {str(path)!r}: {exc.strerror}") from exc


def _key(data: Dataset | Films, split: Split, wishes: TrainingRequest) -> str:
    words = (data.sha256, split.sha256, wishes.seed, wishes.min_positives, wishes.neural, wishes.joins)
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]

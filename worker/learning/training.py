"""`trailers train`: features with labels in, a model in the database and a folder of pictures out."""

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split, make_split
from classifier.evaluation.thresholds import Objective
from classifier.heads.options import NeuralOptions
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.training import TrainedModel, train
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.learning.history import make_recorder, read_history
from worker.learning.listener import LearningListener

SPLIT_FILE = "split.json"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What the user asks of a training; `split` is a split, or a file to read it from or write it to."""

    name: str
    heads: tuple[str, ...]
    objective: Objective
    seed: int
    min_positives: int
    neural: NeuralOptions
    split: Path | Split | None
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """Labelled rows, their description, how to train on them, and the weights that fine-tuning made."""

    data: Dataset | Films
    description: str
    request: TrainingRequest
    tuned: Weights | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training and the folder with its files."""

    trained: TrainedModel
    folder: Path


def train_model(source: TrainingSource, *, home: Path, listener: LearningListener) -> Run:
    """Train a model.

    What is finished is in a folder of the data folder `home`, named after data, split and request: the same training,
    interrupted and started again, goes on from there.
    """
    data, request = source.data, source.request
    split = find_split(data, request)
    key = (request.seed, request.min_positives, request.neural, request.joins)
    folder = make_folder(data, split, request, home=home, key=key)
    options = TrainingOptions(
        name=request.name,
        description=source.description,
        created_at=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
        heads=request.heads,
        objective=request.objective,
        seed=request.seed,
        min_positives=request.min_positives,
        neural=request.neural,
        joins=request.joins,
    )
    steps = TrainingListener(say=listener.say, monitor=make_recorder(folder, listener.progress))
    trained = train(data, split, options, folder=folder, listener=steps)
    _draw(trained, folder)
    return Run(trained, folder)


def _draw(trained: TrainedModel, folder: Path) -> None:
    from classifier.training.curves import draw_genres, draw_learning, draw_reliability  # a second of matplotlib

    draw_learning(read_history(folder), folder / "learning.png")
    draw_genres(trained.report.evaluation, folder / "genres.png")
    draw_reliability(trained.test, folder / "reliability.png")


def find_split(data: Dataset | Films, request: TrainingRequest) -> Split:
    """Return the split that is asked for, or a new one."""
    if isinstance(request.split, Split):
        return request.split
    if request.split is not None and request.split.exists():
        return Split.load(request.split)
    return make_split(data, seed=request.seed)


def make_folder(
    data: Dataset | Films, split: Split, request: TrainingRequest, *, home: Path, key: tuple[object, ...]
) -> Path:
    """Return the folder of a training, named after data, split and `key`; write the split if its file is missing.

    Raises WorkerError (bad_source) where the split can't be written.
    """
    digest = hashlib.sha256(repr((data.sha256, split.sha256, *key)).encode()).hexdigest()
    folder = home / "trainings" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    path = request.split if isinstance(request.split, Path) else folder / SPLIT_FILE
    try:
        if not path.exists():
            split.save(path)
    except OSError as exc:
        raise WorkerError("bad_source", f"the split can't be written to {str(path)!r}: {exc.strerror}") from exc
    return folder

"""Posters to train on, as a backbone sees them; on request the backbone is fine-tuned on them first."""

from dataclasses import dataclass, replace
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.errors import LeakingSplit
from extractor.networks.applications import ARCHITECTURES
from extractor.networks.fine_tuning import FineTuning
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.learning.fine_tuning import FrozenPosters, fine_tune
from worker.learning.listener import LearningListener
from worker.learning.poster_data import PosterTable, poster_dataset
from worker.learning.training import SPLIT_FILE, TrainingRequest, TrainingSource
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class BackboneRequest:
    """The network that looks at posters, its weights file (None: ImageNet's), and how it is fine-tuned, if it is."""

    name: str
    weights: Path | None
    fine_tuning: FineTuning | None


def read_training_posters(
    runtime: Runtime,
    table: PosterTable,
    backbone: BackboneRequest,
    request: TrainingRequest,
    *,
    listener: LearningListener,
) -> TrainingSource:
    """Return posters to train on; fine-tuned features come with the split that the fine-tuning respected.

    Raises LeakingSplit where the backbone was fine-tuned on them before, and no split is given, WorkerError
    (bad_source) where it can't be fine-tuned.
    """
    settings, tuning = runtime.settings, backbone.fine_tuning
    if tuning and backbone.name not in ARCHITECTURES:
        raise WorkerError("bad_source", f"{backbone.name} can't be fine-tuned: choose another --backbone")
    weights = poster_weights(runtime, backbone.name, backbone.weights)
    data, words = poster_dataset(table, open_backbone(runtime, weights), settings=settings, listener=listener)
    if tuning is None:
        if request.split is None:
            _refuse_seen(data, weights)
        return TrainingSource(data, words, request)
    frozen = FrozenPosters(table, data, weights)
    tuned, split = fine_tune(frozen, tuning, request, home=settings.home, listener=listener)
    data, words = poster_dataset(table, open_backbone(runtime, tuned), settings=settings, listener=listener)
    words += f"; the top {tuning.blocks} blocks of {weights.features_id} fine-tuned on the train part"
    return TrainingSource(data, words, replace(request, split=split), tuned)


def _refuse_seen(data: Dataset, weights: Weights) -> None:
    """Raise LeakingSplit where a new split would test on posters that the weights have learnt from."""
    path = weights.path.with_name(SPLIT_FILE)
    if path.is_file() and not set(Split.load(path).parts).isdisjoint(data.ids):
        raise LeakingSplit(
            f"{str(weights.path)!r} has learnt from some of these posters, and a new split would test on them; to "
            "train other heads, repeat the command that fine-tuned it with another --head: it is not tuned twice"
        )


def describe_tuned(tuned: Weights) -> str:
    """Return how to use weights that fine-tuning made."""
    choice = "" if tuned.backbone == INCEPTION else f"--backbone {tuned.backbone} "
    also = f" (or TRAILERS_WEIGHTS={tuned.path}, for trailers too)" if tuned.backbone == INCEPTION else ""
    return f"fine-tuned backbone {tuned.features_id}: trailers poster {choice}--backbone-weights {tuned.path}{also}"

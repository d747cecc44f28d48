"""What a model of posters learns from: posters as a backbone sees them, one fine-tuned on them if that is wished."""

from dataclasses import dataclass, replace
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split
from classifier.errors import LeakingSplit
from extractor.networks.applications import ARCHITECTURES
from extractor.networks.fine_tuning import FineTuning
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from worker.errors import WorkerError
from worker.learning.fine_tuning import FineTuningListener, FrozenPosters, fine_tune
from worker.learning.poster_data import PosterTable, poster_dataset
from worker.learning.training import SPLIT_FILE, TrainingRequest
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class BackboneRequest:
    """The network that looks at posters, its weights file (None: ImageNet's), and how it is fine-tuned, if it is."""

    name: str
    weights: Path | None
    fine_tuning: FineTuning | None


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """Labelled rows, in words what they are, how to train on them, and the weights that fine-tuning made."""

    data: Dataset | Films
    description: str
    wishes: TrainingRequest
    tuned: Weights | None = None


def read_posters(
    runtime: Runtime, table: PosterTable, wish: BackboneRequest, wishes: TrainingRequest, *, hearer: FineTuningListener
) -> TrainingSource:
    """Return posters to learn from; fine-tuned features come with the split that the fine-tuning kept to.

    Raises LeakingSplit where the backbone was fine-tuned on them before, and no split is given, WorkerError
    (bad_source) where it can't be.
    """
    settings, say, progress = runtime.settings, hearer.say, hearer.progress
    weights = poster_weights(runtime, wish.name, wish.weights)
    if wish.fine_tuning and wish.name not in ARCHITECTURES:
        raise WorkerError("bad_source", f"{wish.name} can't be fine-tuned: choose another --backbone")
    backbone = open_backbone(runtime, weights)
    data, words = poster_dataset(table, backbone, settings=settings, say=say, progress=progress)
    if wish.fine_tuning is None:
        if wishes.split is None:
            _refuse_seen(data, weights)
        return TrainingSource(data, words, wishes)
    frozen = FrozenPosters(table, data, weights)
    tuned, split = fine_tune(frozen, wish.fine_tuning, wishes, home=settings.home, hearer=hearer)
    backbone = open_backbone(runtime, tuned)
    data, words = poster_dataset(table, backbone, settings=settings, say=say, progress=progress)
    words += f"; the top {wish.fine_tuning.blocks} blocks of {weights.features_id} fine-tuned on the train part"
    return TrainingSource(data, words, replace(wishes, split=split), tuned)


def _refuse_seen(data: Dataset, weights: Weights) -> None:
    """Raise LeakingSplit where a new split would test on posters that the weights have learnt from."""
    kept = weights.path.with_name(SPLIT_FILE)
    if kept.is_file() and not set(Split.load(kept).parts).isdisjoint(data.ids):
        raise LeakingSplit(
            f"{str(weights.path)!r} has learnt from some of these posters, and a new split would test on them; to "
            "train other heads give the command that fine-tuned it again, with other --head: it is not tuned twice"
        )


def how_to_use(tuned: Weights) -> str:
    """Return in words what to do with weights that fine-tuning made."""
    choice = "" if tuned.backbone == INCEPTION else f"--backbone {tuned.backbone} "
    also = f" (or TRAILERS_WEIGHTS={tuned.path}, for trailers too)" if tuned.backbone == INCEPTION else ""
    return f"fine-tuned backbone {tuned.features_id}: trailers poster {choice}--backbone-weights {tuned.path}{also}"

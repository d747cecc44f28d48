"""Fine-tuning for `trailers train --posters --fine-tune`: a backbone trained on the train part, as a weights file.

The split is made once, from what the frozen backbone sees, and kept: fine-tuning reads the posters of its train part,
those of its validation part to know when to stop, and none of its test part; the head is then trained on that split.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset, LabelledRows
from classifier.data.split import Split
from classifier.errors import LeakingSplit
from classifier.evaluation.metrics import macro_ap
from classifier.heads.epochs import Course, run_course
from classifier.heads.losses import masked_loss
from extractor.networks.fine_tuning import FineTuner, FineTuning, FrozenRows
from extractor.networks.inception import gpu_names
from extractor.networks.names import INCEPTION
from extractor.networks.picture_batches import read_ahead, vary
from extractor.networks.registry import BACKBONES
from extractor.networks.weights import Weights, given_weights
from extractor.posters import VIEWS, read_poster
from worker.learning.history import Recorder
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.poster_data import open_rows
from worker.learning.training import SPLIT_FILE, TrainingSource, find_split, make_folder
from worker.progress import Progress

Read = Callable[[str], NDArray[np.uint8]]  # a row's id in, its views out, (VIEWS, size, size, 3)


def fine_tune(
    source: TrainingSource,
    table: LabelTable,
    weights: Weights,
    tuning: FineTuning,
    *,
    home: Path,
    listener: LearningListener,
) -> tuple[Weights, Split]:
    """Return the weights that fine-tuning made, and the split of which they have seen the train part.

    `source` is what the network with these weights sees of the table's posters. What is finished is in a folder of the
    data folder `home`: the same fine-tuning, interrupted and started again, goes on after its last whole epoch. Raises
    LeakingSplit, BadTrainingData, TooManyBlocks.
    """
    data = cast("Dataset", source.data)  # posters alone
    options, split = source.options, find_split(source)
    split.check(data)
    folder = make_folder(source, split, home=home, key=(tuning, options.min_positives, options.neural))
    file = folder / f"{weights.backbone}-top{tuning.blocks}.weights.h5"
    if not file.exists():
        common, _ = data.with_common_genres(options.min_positives)
        train, validation = split.rows(common, "train"), split.rows(common, "validation")
        _announce(train, tuning, listener)
        loss = functools.partial(masked_loss, options=options.neural)
        tuner = FineTuner(weights, tuning, rows=frozen_rows(train), loss=loss)
        with open_rows(table) as read_file:
            size = weights.picture_size or BACKBONES[weights.backbone].frame_size
            epochs = _Epochs(tuner, tuning, train, validation, lambda row: read_poster(read_file(row), size=size))
            _run(epochs, tuning, folder=folder, listener=listener)
        tuner.save(file)
    for checkpoint in (folder / "checkpoints").glob("*"):
        checkpoint.unlink()
    # The frozen features tell which posters are copies: fine-tuned ones of one genre may be as close together.
    tuned = replace(given_weights(file, backbone=weights.backbone), picture_size=weights.picture_size)
    return tuned, replace(split, told_by=data)


def refuse_seen(data: LabelledRows, weights: Weights) -> None:
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
    choice += f"--picture-size {tuned.picture_size} " if tuned.picture_size else ""
    for_trailers = BACKBONES[tuned.backbone].for_trailers and tuned.picture_size is None
    setting = "" if tuned.backbone == INCEPTION else f"TRAILERS_BACKBONE={tuned.backbone} "
    also = f" (or {setting}TRAILERS_WEIGHTS={tuned.path}, for trailers too)" if for_trailers else ""
    return f"fine-tuned backbone {tuned.features_id}: trailers poster {choice}--backbone-weights {tuned.path}{also}"


class _Epochs:
    """The epochs of a fine-tuning: they learn from one varied view of each poster, and score all its views."""

    def __init__(self, tuner: FineTuner, options: FineTuning, train: Dataset, validation: Dataset, read: Read) -> None:
        self.tuner = tuner
        self._options, self._read = options, read
        self._ids, self._rows, self._validation = train.ids, frozen_rows(train), validation

    def learn(self, progress: Progress, epoch: int) -> float:
        """Run an epoch, whose order and variations depend on the seed and its number alone; return the mean loss."""
        seed, report = self._options.seed, progress.stage(f"epoch {epoch + 1}")

        def read(row: int) -> NDArray[np.uint8]:
            random = np.random.default_rng([seed, epoch, row])
            return vary(self._read(self._ids[row])[random.integers(VIEWS)], random)

        order = np.random.default_rng([seed, epoch]).permutation(len(self._ids))
        losses, n_done = [], 0
        for rows, frames in read_ahead(read, self._cut(order)):
            losses.append(self.tuner.learn(frames, self._rows.y[rows], self._rows.known[rows]))
            n_done += len(rows)
            report(n_done, len(order))
        return float(np.mean(losses))

    def score(self) -> float:
        """Return the macro average precision on the validation part.

        The mean of a linear head's logits for the views of a poster is its logit for their mean, which models see.
        """
        ids = self._validation.ids
        batches = read_ahead(lambda row: self._read(ids[row]), self._cut(np.arange(len(ids))))
        logits = [self.tuner.score(shown.reshape(-1, *shown.shape[2:])) for _, shown in batches]
        return self._score(np.concatenate(logits).reshape(len(ids), VIEWS, -1).mean(axis=1))

    def score_frozen(self) -> float:
        """Return what `score` would return before the first epoch, from the frozen features."""
        return self._score(self.tuner.score_frozen(frozen_rows(self._validation).vectors))

    def _score(self, logits: NDArray[np.float32]) -> float:
        return macro_ap(self._validation.Y, logits.astype(np.float64), known=self._validation.known)

    def _cut(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        for start in range(0, len(rows), self._options.batch):
            yield rows[start : start + self._options.batch]


def _run(epochs: _Epochs, options: FineTuning, *, folder: Path, listener: LearningListener) -> None:
    """Train the network until it is best; a fine-tuning that was interrupted goes on."""
    before = epochs.score_frozen()
    recorder = Recorder("fine-tuning", folder, listener.progress)
    recorder.checkpoints = folder / "checkpoints"
    learn = functools.partial(epochs.learn, listener.progress)
    course = Course(learn, epochs.score, epochs=options.epochs, patience=options.patience)
    done = run_course(epochs.tuner, course, monitor=recorder, fingerprint=folder.name)
    _, after = done.history[done.best_epoch]
    advice = "" if after > before else ": nothing gained, keep the backbone as it was"
    listener.say(
        f"a linear head on the validation part: macro AP {before:.3f} before, {after:.3f} after {done.best_epoch + 1} "
        f"of {len(done.history)} epochs{advice}"
    )


def _announce(train: Dataset, options: FineTuning, listener: LearningListener) -> None:
    warning = "; without a GPU this is slow: hours for thousands of posters" if not gpu_names() else ""
    listener.say(
        f"fine-tuning the top {options.blocks} blocks on {len(train):,} posters, {len(train.genres)} genres, "
        f"at most {options.epochs} epochs{warning}"
    )


def frozen_rows(data: Dataset) -> FrozenRows:
    """Return rows of one frame as plain arrays."""
    vectors = np.stack([sequence[0] for sequence in data.X]).astype(np.float32)  # (n, dim)
    return FrozenRows(vectors, data.Y.astype(np.float32), data.known.astype(np.float32))

"""Fine-tuning on generated posters, a small network of random weights: what it touches, not how good it gets."""

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.labels import LabelColumns
from classifier.data.split import Split
from classifier.errors import LeakingSplit
from classifier.ragged import Ragged
from classifier.training.options import TrainingOptions
from extractor.errors import TooManyBlocks
from extractor.networks import fine_tuning
from extractor.networks.applications import Application, build_network, load_network
from extractor.networks.blocks import choose_top
from extractor.networks.fine_tuning import FineTuner, FineTuning, FrozenRows
from extractor.networks.weights import Weights, given_weights
from tests.support.posters import make_labelled_posters
from worker.learning import fine_tuning as course
from worker.learning.fine_tuning import fine_tune
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.poster_data import open_rows, poster_dataset
from worker.learning.training import TrainingSource
from worker.progress import Quiet
from worker.settings import read_settings

N = 30
SILENT = LearningListener(lambda line: None, Quiet())
TRAINING = TrainingOptions(name="posters", description="", created_at=datetime.datetime.now(), min_positives=5)
OPTIONS = FineTuning(blocks=2, epochs=2, batch=8, learning_rate=1e-4)


@pytest.fixture(scope="module")
def weights(mobilenet: Path) -> Weights:
    return given_weights(mobilenet, backbone="mobilenet")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> LabelTable:
    posters, labels = make_labelled_posters(tmp_path_factory.mktemp("posters"), N)
    return LabelTable(labels, LabelColumns(files=("file",), genres=(("genres", ""),), groups=("film",)), (posters,))


@pytest.fixture(scope="module")
def posters(table: LabelTable, weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> TrainingSource:
    settings = read_settings({"TRAILERS_HOME": str(tmp_path_factory.mktemp("home"))})
    data, _ = poster_dataset(table, Application(weights), settings=settings, listener=SILENT)
    return TrainingSource(data, TRAINING, None)


class Opened:
    """Notes which rows' files are opened, and breaks after some."""

    def __init__(self, *, break_after: int = 10**9) -> None:
        self.rows: list[str] = []
        self._break_after = break_after

    @contextmanager
    def __call__(self, table: LabelTable) -> Iterator[Callable[[str], bytes]]:
        with open_rows(table) as read:

            def note(row: str) -> bytes:
                self.rows.append(row)
                if len(self.rows) > self._break_after:
                    raise KeyboardInterrupt
                return read(row)

            yield note


@dataclasses.dataclass(frozen=True)
class Done:
    home: Path
    weights: Weights
    split: Split
    opened: list[str]
    said: list[str]


@pytest.fixture(scope="module")
def done(
    posters: TrainingSource, table: LabelTable, weights: Weights, tmp_path_factory: pytest.TempPathFactory
) -> Done:
    home, opened, said = tmp_path_factory.mktemp("home"), Opened(), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "open_rows", opened)
        listener = LearningListener(said.append, Quiet())
        tuned, split = fine_tune(posters, table, weights, OPTIONS, home=home, listener=listener)
    return Done(home, tuned, split, opened.rows, said)


def by_name(network: Any) -> dict[str, list[Any]]:
    return {layer.name: layer.get_weights() for layer in network.layers if layer.weights}


@pytest.mark.slow
def test_only_the_top_blocks_have_changed_and_no_batch_norm(weights: Weights, done: Done) -> None:
    before, after = by_name(load_network(weights)), by_name(load_network(done.weights))
    changed = [
        name
        for name, arrays in before.items()
        if not all(np.array_equal(one, other) for one, other in zip(arrays, after[name], strict=True))
    ]
    assert changed == ["conv_dw_12", "conv_pw_12", "conv_dw_13", "conv_pw_13"]


@pytest.mark.slow
def test_the_test_part_is_never_opened(done: Done) -> None:
    parts = {
        part: {row for row, its in done.split.parts.items() if its == part} for part in ("train", "validation", "test")
    }
    assert set(done.opened) == parts["train"] | parts["validation"]
    assert len(parts["test"]) >= 6
    assert len(done.opened) == 2 * (len(parts["train"]) + len(parts["validation"]))  # two epochs


@pytest.mark.slow
def test_what_comes_out_is_a_backbone_like_any_other(weights: Weights, done: Done) -> None:
    backbone = Application(done.weights)
    assert backbone.features_id == f"mobilenet-custom-{done.weights.sha256[:8]}-r2" != weights.features_id
    frames = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    difference = np.abs(backbone(frames) - Application(weights)(frames)).max()
    assert difference > 1e-4
    assert done.weights.path.name == "mobilenet-top2.weights.h5"
    assert sorted(path.name for path in done.weights.path.parent.iterdir()) == [
        "checkpoints", "history.jsonl", "mobilenet-top2.weights.h5", "split.json"
    ]  # fmt: skip


@pytest.mark.slow
def test_people_are_told_what_it_costs_and_what_it_brought(done: Done) -> None:
    assert "top 2 blocks on" in done.said[0]
    assert "without a GPU this is slow" in done.said[0]
    assert "macro AP" in done.said[1]


@pytest.mark.slow
def test_a_fine_tuning_that_was_cut_off_goes_on_and_ends_where_it_would_have(
    posters: TrainingSource,
    table: LabelTable,
    weights: Weights,
    done: Done,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_epoch = len(done.opened) // 2
    monkeypatch.setattr(course, "open_rows", Opened(break_after=n_epoch + 10))
    with pytest.raises(KeyboardInterrupt):
        fine_tune(posters, table, weights, OPTIONS, home=tmp_path, listener=SILENT)
    rest = Opened()
    monkeypatch.setattr(course, "open_rows", rest)
    tuned, _ = fine_tune(posters, table, weights, OPTIONS, home=tmp_path, listener=SILENT)
    assert len(rest.rows) == n_epoch
    whole, resumed = by_name(load_network(done.weights)), by_name(load_network(tuned))
    assert (
        max(np.abs(one - other).max() for name in whole for one, other in zip(whole[name], resumed[name], strict=True))
        < 1e-5
    )
    fine_tune(posters, table, weights, OPTIONS, home=tmp_path, listener=SILENT)
    assert len(rest.rows) == n_epoch, "what is finished is not done again"


@pytest.mark.slow
def test_a_split_that_leaks_is_refused_before_anything_is_learnt(
    posters: TrainingSource,
    table: LabelTable,
    weights: Weights,
    done: Done,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = done.split.parts
    one, other = (next(row for row, its in parts.items() if its == part) for part in ("train", "test"))
    groups = tuple(
        "one film" if row in (one, other) else group
        for row, group in zip(posters.data.ids, posters.data.groups, strict=True)
    )
    data = dataclasses.replace(posters.data, groups=groups)
    opened = Opened()
    monkeypatch.setattr(course, "open_rows", opened)
    with pytest.raises(LeakingSplit, match="one film"):
        leaking = dataclasses.replace(posters, data=data, split=done.split)
        fine_tune(leaking, table, weights, OPTIONS, home=tmp_path, listener=SILENT)
    assert opened.rows == []


@pytest.mark.slow
def test_copies_are_told_by_the_frozen_features_not_by_those_that_have_learnt(
    done: Done, posters: TrainingSource
) -> None:
    alike = np.zeros((N, 1024), np.float32)
    alike[:, 0] = np.arange(N) % 2  # as close as features of one genre may lie
    assert isinstance(posters.data, Dataset)
    tuned = dataclasses.replace(posters.data, X=Ragged.singles(alike))
    with pytest.raises(LeakingSplit, match="near-duplicates"):
        dataclasses.replace(done.split, told_by=None).check(tuned)
    done.split.check(tuned)


@pytest.mark.slow
def test_unknown_labels_say_nothing_and_a_gpus_bfloat16_leaves_float32_weights(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "_gpu_has_bfloat16", lambda tf: True)
    random = np.random.default_rng(0)
    y, all_known = (random.random((8, 3)) < 0.5).astype(np.float32), np.ones((8, 3), np.float32)
    rows = FrozenRows(random.random((8, 1024)).astype(np.float32), y, all_known)

    def loss(ops: Any, logits: Any, y: Any, known: Any) -> Any:
        return ops.sum(known * (ops.softplus(logits) - y * logits))

    tuner = FineTuner(weights, dataclasses.replace(OPTIONS, blocks=1), rows=rows, loss=loss)
    frames = random.integers(0, 256, (8, 224, 224, 3), dtype=np.uint8)
    assert tuner.learn(frames, y, np.zeros((8, 3), np.float32)) == 0
    assert tuner.learn(frames, y, all_known) > 0
    tuner.save(tmp_path / "tuned.weights.h5")
    vectors = Application(given_weights(tmp_path / "tuned.weights.h5", backbone="mobilenet"))(frames)
    assert np.isfinite(vectors).all()
    assert all(value.dtype == np.float32 for value in tuner.weights())


@pytest.mark.parametrize(
    ("backbone", "n_blocks", "first"),
    [
        ("resnet50", 4, "conv4_block6_1_conv"),
        ("mobilenet", 1, "conv_dw_13"),
        ("efficientnet_b0", 1, "block7a_expand_conv"),
    ],
)
@pytest.mark.slow
def test_a_block_begins_behind_a_merge_that_nothing_goes_around(backbone: str, n_blocks: int, first: str) -> None:
    network = build_network(backbone)
    top = choose_top(network, n_blocks)
    kernels = [name for name in top if any(len(weight.shape) > 1 for weight in network.get_layer(name).weights)]
    assert kernels[0] == first


def test_a_merge_that_something_goes_around_ends_no_block() -> None:
    import keras

    def convolution(name: str) -> Any:
        return keras.layers.Conv2D(3, 3, padding="same", name=name)

    start = keras.layers.Input((8, 8, 3))
    below = convolution("below")(start)
    within = keras.layers.Add()([convolution("left")(below), convolution("right")(below)])
    joined = keras.layers.Concatenate()([below, convolution("behind")(within)])
    network = keras.Model(start, convolution("above")(joined))
    assert choose_top(network, 1) == ["above"]
    assert {"below", "left", "right", "behind", "above"} < set(choose_top(network, 2))


def test_more_blocks_than_there_are_are_refused() -> None:
    network = build_network("mobilenet")
    with pytest.raises(TooManyBlocks, match="has 14 blocks, not 15"):
        choose_top(network, 15)

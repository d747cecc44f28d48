"""Neural heads: what must hold for each of them, whatever they learn."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import BadTrainingData, FeaturesMismatch, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Examples, Monitor
from classifier.heads.batches import pad, training_batches
from classifier.heads.losses import masked_loss
from classifier.heads.neural import Attention, Convolution, Gru, Mlp, NeuralHead, NextVlad, Peaks, Transformer
from classifier.heads.options import Loss, NeuralOptions
from classifier.ragged import Ragged

KINDS = (
    Mlp,
    Peaks,
    Convolution,
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in (Attention, NextVlad, Gru, Transformer)),
)
DIM = 8
SMALL = NeuralOptions(hidden=8, epochs=3, batch=16, crop=12)
Arrays = dict[str, NDArray[np.float32]]


def _examples(n: int = 50, seed: int = 0) -> Examples:
    random = np.random.default_rng(seed)
    X = Ragged.from_sequences(
        [random.normal(2, 3, (int(k), DIM)).astype(np.float16) for k in random.integers(1, 20, n)]
    )
    y = random.random((n, 3)) < 0.4
    return Examples(X, y, random.random((n, 3)) < 0.9)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: str(kind.KIND))
def head(request: pytest.FixtureRequest) -> NeuralHead:
    """Each kind, fitted a little."""
    data, kind = _examples(), request.param
    fitted: NeuralHead = kind(SMALL).fit(data.X, data.y, known=data.known)
    return fitted


def test_a_sequence_is_judged_alike_alone_and_beside_longer_ones(head: NeuralHead) -> None:
    X = _examples(seed=1).X
    longer = np.random.default_rng(1).normal(2, 3, (150, DIM)).astype(np.float16)
    alone = np.concatenate([head.logits(Ragged.from_sequences([sequence])) for sequence in X])
    beside = head.logits(Ragged.from_sequences([longer, *X, longer]))[1:-1]
    assert np.abs(beside - alone).max() <= 1e-5
    assert np.ptp(alone, axis=0).min() > 0.01  # it does tell them apart


def test_one_frame_and_four_thousand_are_judged(head: NeuralHead) -> None:
    random = np.random.default_rng(0)
    logits = head.logits(Ragged.from_sequences([random.normal(size=(n, DIM)).astype(np.float32) for n in (1, 4000)]))
    assert logits.shape == (2, 3)
    assert logits.dtype == np.float64
    assert np.isfinite(logits).all()


def test_a_restored_head_judges_to_the_bit(head: NeuralHead) -> None:
    X, arrays = _examples(seed=1).X, head.arrays()
    restored = type(head)().restore(head.settings(), arrays)
    assert np.array_equal(restored.logits(X), head.logits(X))
    assert np.array_equal(restored.timeline(X[0]), head.timeline(X[0]))
    assert all(array.dtype == np.float32 and array.ndim in (1, 2) for array in arrays.values())
    assert all(type(number) in (int, float) for number in head.settings().values())


@pytest.mark.slow
def test_equal_seeds_and_data_give_equal_arrays(head: NeuralHead) -> None:
    data = _examples()
    again = type(head)(SMALL).fit(data.X, data.y, known=data.known)
    assert _equal(again.arrays(), head.arrays())
    other = type(head)(NeuralOptions(hidden=8, epochs=1, seed=1)).fit(data.X, data.y)
    assert not np.array_equal(other.arrays()["w00"], head.arrays()["w00"])


class _Killer(Monitor):
    """Ends the fit after some epochs, as a kill would; `seen` are the figures until then."""

    def __init__(self, folder: Path | None = None, *, after: int = 1000) -> None:
        self.checkpoints, self._after = folder, after
        self.seen: list[tuple[int, int, Mapping[str, float]]] = []

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        self.seen.append((done, total, figures))
        if done == self._after:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_a_fit_that_was_killed_goes_on_as_if_nothing_had_happened(head: NeuralHead, tmp_path: Path) -> None:
    data, unseen, options = _examples(), _examples(seed=1), NeuralOptions(hidden=8, epochs=4, batch=16)
    whole = type(head)(options).fit(data.X, data.y, validation=unseen)
    with pytest.raises(KeyboardInterrupt):
        type(head)(options).fit(data.X, data.y, validation=unseen, monitor=_Killer(tmp_path, after=2))
    rest = _Killer(tmp_path)
    resumed = type(head)(options).fit(data.X, data.y, validation=unseen, monitor=rest)
    assert [done for done, _, _ in rest.seen] == [3, 4]
    assert _equal(resumed.arrays(), whole.arrays())


def test_the_checkpoint_of_other_data_is_not_taken_up(tmp_path: Path) -> None:
    data, other = _examples(), _examples(seed=1)
    for examples in (data, other):
        monitor = _Killer(tmp_path)
        Mlp(SMALL).fit(examples.X, examples.y, monitor=monitor)
        assert [(done, total) for done, total, _ in monitor.seen] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.slow
def test_labels_that_are_not_known_have_no_effect() -> None:
    data = _examples()
    options = NeuralOptions(hidden=8, epochs=2, loss=Loss.ASYMMETRIC)
    for kind in (Mlp, Attention):  # single vectors are mixed, sequences are not
        fits = [kind(options).fit(data.X, y, known=data.known) for y in (data.y & data.known, data.y | ~data.known)]
        assert _equal(fits[0].arrays(), fits[1].arrays())
    assert not _equal(fits[0].arrays(), Attention(options).fit(data.X, data.y).arrays())


@pytest.mark.parametrize("loss", Loss)
def test_losses_are_those_of_the_papers(loss: Loss) -> None:
    import keras

    random = np.random.default_rng(0)
    logits, known = random.normal(0, 3, (20, 4)).astype(np.float32), random.random((20, 4)) < 0.8
    y = random.random((20, 4)) < 0.5
    options = NeuralOptions(loss=loss, gamma_neg=3.0, gamma_pos=1.0, clip=0.1)
    tensors = (logits, y.astype(np.float32), known.astype(np.float32))
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    shifted = np.maximum(p - 0.1, 0)
    asymmetric = np.where(y, (1 - p) * np.log(p), shifted**3 * np.log(1 - shifted))
    expected = asymmetric if loss is Loss.ASYMMETRIC else np.where(y, np.log(p), np.log(1 - p))
    assert float(masked_loss(keras.ops, *tensors, options=options)) == pytest.approx(-expected[known].mean(), rel=1e-4)


def test_the_epoch_of_the_best_validation_is_kept_and_patience_ends_the_fit() -> None:
    data, unseen, monitor = _examples(), _examples(seed=1), _Killer()
    options = NeuralOptions(hidden=8, epochs=50, patience=3, learning_rate=0.03)
    head = Attention(options).fit(data.X, data.y, known=data.known, validation=unseen, monitor=monitor)
    scores = [figures["macro_ap"] for _, _, figures in monitor.seen]
    assert len(scores) == int(np.argmax(scores)) + 1 + 3 < 50
    assert macro_ap(unseen.y, head.logits(unseen.X), known=unseen.known) == max(scores) > scores[-1]


def test_each_head_has_a_timeline_of_every_second(head: NeuralHead) -> None:
    frames = np.random.default_rng(0).normal(size=(9, DIM)).astype(np.float32)
    assert head.timeline(frames).shape == (9, 3)


def test_keras_alone_loads_an_exported_head_and_judges_as_it_does(head: NeuralHead, tmp_path: Path) -> None:
    import keras

    X = _examples(seed=1).X
    frames, mask = pad(list(X))
    head.to_keras(tmp_path / "head.keras")
    with zipfile.ZipFile(tmp_path / "head.keras") as archive:
        assert b"classifier" not in archive.read("config.json")  # nothing of ours is named
    model = keras.saving.load_model(tmp_path / "head.keras", safe_mode=True)
    np.testing.assert_allclose(model([frames, mask]).numpy(), head.logits(X), atol=1e-4)


def test_importing_the_heads_imports_neither_keras_nor_scikit_learn() -> None:
    code = "import sys, classifier.heads.neural; print({'keras', 'tensorflow', 'sklearn'} & set(sys.modules) or 'none')"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout == "none\n"


@pytest.fixture(scope="module")
def attention() -> Attention:
    """A head to be spoilt."""
    data = _examples()
    return Attention(SMALL).fit(data.X, data.y)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": 4096},  # the arrays are far too few: nothing is built
        {"hidden": 4100},
        {"hidden": 6},
        {"hidden": True},
        {"hidden": 8.0},
        {"dim": 0},
        {"dim": 16_385},
        {"n_genres": 201},
        {"n_genres": 4},
        {"dropout": 1},
        {"dropout": float("nan")},
        {"loss": 2},
        {"more": 1},
    ],
)
def test_settings_that_no_head_has_are_unsafe(attention: Attention, change: dict[str, int | float]) -> None:
    with pytest.raises(UnsafeModel):
        Attention().restore({**attention.settings(), **change}, attention.arrays())


def test_missing_settings_are_unsafe(attention: Attention) -> None:
    settings = dict(attention.settings())
    del settings["hidden"]
    with pytest.raises(UnsafeModel, match="settings"):
        Attention().restore(settings, attention.arrays())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays.pop("w00"),
        lambda arrays: arrays.pop("mean"),
        lambda arrays: arrays.update(w99=arrays["w00"]),
        lambda arrays: arrays.update(w00=arrays["w00"].T[:, :-1]),
        lambda arrays: arrays.update(w00=arrays["w00"].astype(np.float64)),
        lambda arrays: arrays.update(mean=arrays["mean"][:-1]),
        lambda arrays: arrays["w01"].__setitem__(0, np.nan),
        lambda arrays: arrays["mean"].__setitem__(0, np.inf),
        lambda arrays: arrays["scale"].__setitem__(0, 0.0),
    ],
)
def test_arrays_that_no_head_has_are_unsafe(attention: Attention, spoil: Callable[[Arrays], object]) -> None:
    arrays = {name: array.copy() for name, array in attention.arrays().items()}
    spoil(arrays)
    with pytest.raises(UnsafeModel):
        Attention().restore(attention.settings(), arrays)


def test_what_can_not_be_learnt_or_judged_is_said(attention: Attention) -> None:
    data = _examples()
    with pytest.raises(BadTrainingData, match="column 0"):
        Mlp(SMALL).fit(data.X, data.y & [False, True, True])
    with pytest.raises(FeaturesMismatch, match="8 numbers"):
        attention.logits(Ragged.singles(np.zeros((1, 5), np.float32)))
    with pytest.raises(BadTrainingData, match="multiple of 4"):
        NeuralOptions(hidden=6)
    with pytest.raises(RuntimeError, match="fitted"):
        Mlp().logits(data.X)


def test_batches_hold_every_row_once_and_follow_from_seed_and_epoch() -> None:
    data = _examples()
    numbered = Examples(data.X, np.tile(np.arange(50)[:, None], (1, 3)).astype(bool), data.known)
    options = NeuralOptions(batch=16, crop=5, frame_dropout=0.5)
    first, again, later = (list(training_batches(numbered, options, epoch=epoch)) for epoch in (0, 0, 1))
    assert sum(len(batch.y) for batch in first) == 50
    assert all(
        np.array_equal(a.frames, b.frames) and np.array_equal(a.mask, b.mask) for a, b in zip(first, again, strict=True)
    )
    assert not all(
        np.array_equal(a.mask, b.mask) for a, b in zip(first, later, strict=False) if a.mask.shape == b.mask.shape
    )
    assert all((batch.mask.sum(axis=1) >= 1).all() and batch.mask.sum(axis=1).max() <= 5 for batch in first)


def _equal(first: Mapping[str, NDArray[np.float32]], second: Mapping[str, NDArray[np.float32]]) -> bool:
    return set(first) == set(second) and all(np.array_equal(first[name], second[name]) for name in first)

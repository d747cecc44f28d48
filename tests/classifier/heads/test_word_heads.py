"""The recurrent head for words: its vocabulary, where it begins, and what no model file may say of it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import BadTrainingData, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Examples
from classifier.heads.kinds import make_head
from classifier.heads.options import NeuralOptions, WordVectors
from classifier.heads.words import Lstm
from classifier.ragged import Ragged

SMALL = NeuralOptions(hidden=16, epochs=3, batch=16)
UNKNOWN = 99_999
Arrays = dict[str, NDArray[np.float32]]


def plots(n: int = 120, seed: int = 0) -> Examples:
    """Texts of random words; a genre's texts hold its word."""
    random = np.random.default_rng(seed)
    y = random.random((n, 3)) < 0.4
    texts = []
    for row in y:
        words = [*random.integers(100, 150, int(random.integers(2, 12))).tolist(), *(np.flatnonzero(row) + 10).tolist()]
        texts.append(random.permutation(words).astype(np.float32)[:, None])
    return Examples(Ragged.from_sequences(texts), y, np.ones_like(y))


@pytest.fixture(scope="module")
def head() -> Lstm:
    data = plots()
    return Lstm(SMALL).fit(data.X, data.y)


@pytest.mark.slow
def test_it_learns_which_words_tell_a_genre() -> None:
    data, unseen = plots(300), plots(seed=1)
    head = Lstm(NeuralOptions(hidden=16, epochs=15, batch=16, learning_rate=0.01)).fit(data.X, data.y)
    assert macro_ap(unseen.y, head.logits(unseen.X), known=unseen.known) > 0.9
    parts = head.contributions(np.array([[120], [11], [130], [140]], dtype=np.float32))
    assert parts.shape == (4, 3)
    assert parts[:, 1].argmax() == 1


@pytest.mark.slow
def test_a_restored_head_judges_to_the_bit_and_equal_seeds_give_equal_heads(head: Lstm) -> None:
    data = plots()
    restored = Lstm().restore(head.settings(), head.arrays())
    assert np.array_equal(restored.logits(data.X), head.logits(data.X))
    again = Lstm(SMALL).fit(data.X, data.y).arrays()
    assert all(np.array_equal(again[name], array) for name, array in head.arrays().items())


@pytest.mark.slow
def test_a_text_is_judged_alike_alone_and_beside_longer_ones(head: Lstm) -> None:
    X = plots(20, seed=2).X
    alone = np.concatenate([head.logits(Ragged.from_sequences([text])) for text in X])
    longer = np.full((150, 1), 101, dtype=np.float32)
    assert np.abs(head.logits(Ragged.from_sequences([longer, *X]))[1:] - alone).max() < 1e-5


def test_words_it_has_not_met_are_one_and_known_as_unknown(head: Lstm) -> None:
    texts = [np.array([[10], [odd], [101]], dtype=np.float32) for odd in (UNKNOWN, UNKNOWN + 1, -5, 1e30)]
    logits = head.logits(Ragged.from_sequences(texts))
    assert (logits == logits[0]).all()
    in_vocabulary = head.in_vocabulary(texts[0])
    assert in_vocabulary is not None
    assert in_vocabulary.tolist() == [True, False, True]


def test_pieces_behind_the_words_are_not_read(head: Lstm) -> None:
    words, pieces = (np.array(ids, dtype=np.float32)[:, None] for ids in ([10, 101], [10, 101, 0, 11, 12, 0, 13]))
    logits = head.logits(Ragged.from_sequences([words, pieces]))
    assert np.array_equal(logits[0], logits[1])
    assert head.contributions(pieces).shape == (2, head.n_genres)


@pytest.mark.slow
def test_a_word_of_one_text_alone_is_not_learnt() -> None:
    data = plots(40)
    once = Ragged.from_sequences([*(text for text in data.X), np.array([[UNKNOWN], [10]], dtype=np.float32)])
    head = Lstm(NeuralOptions(hidden=8, epochs=1)).fit(once, np.concatenate([data.y, data.y[:1]]))
    assert UNKNOWN not in head.arrays()["vocabulary"]
    with pytest.raises(BadTrainingData, match="no word stands in two plots"):
        Lstm(SMALL).fit(Ragged.singles(np.arange(1, 11, dtype=np.float32)[:, None]), data.y[:10])
    with pytest.raises(BadTrainingData, match="words of plots"):
        Lstm(SMALL).fit(Ragged.singles(np.zeros((40, 5), np.float32)), data.y)


@pytest.mark.slow
def test_given_word_vectors_are_where_it_begins() -> None:
    data = plots()
    given = WordVectors(np.array([10, 500], dtype=np.float32), np.array([[3] * 5, [4] * 5], dtype=np.float32))
    still = NeuralOptions(hidden=8, epochs=1, batch=16, learning_rate=0.0, weight_decay=0.0, word_vectors=given)
    arrays = Lstm(still).fit(data.X, data.y).arrays()
    row = 1 + int(np.searchsorted(arrays["vocabulary"], 10))
    assert arrays["w00"].shape == (len(arrays["vocabulary"]) + 1, 5)
    assert len(set(arrays["w00"][row].tolist())) == 1  # all numbers of its vector are equal
    assert len(set(arrays["w00"][row + 1].tolist())) == 5
    assert "word_vectors" not in still.settings()
    assert repr(still) != repr(NeuralOptions(hidden=8, epochs=1, batch=16, learning_rate=0.0, weight_decay=0.0))


def test_it_is_made_by_name_and_writes_no_keras_file(head: Lstm) -> None:
    assert isinstance(make_head("lstm", SMALL), Lstm)
    with pytest.raises(BadTrainingData, match="numbered by Trailers"):
        head.to_keras(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays.pop("vocabulary"),
        lambda arrays: arrays.update(vocabulary=arrays["vocabulary"][:-1]),
        lambda arrays: arrays.update(vocabulary=arrays["vocabulary"][::-1].copy()),
        lambda arrays: arrays["vocabulary"].__setitem__(0, 0.5),
        lambda arrays: arrays["vocabulary"].__setitem__(0, np.nan),
        lambda arrays: arrays.update(w00=arrays["w00"][:, :0]),
        lambda arrays: arrays.update(w00=arrays["w00"][:, 0]),
        lambda arrays: arrays["mean"].__setitem__(0, 5.0),
        lambda arrays: arrays["scale"].__setitem__(0, 0.1),
        lambda arrays: arrays.pop("w01"),
    ],
)
def test_arrays_that_no_head_has_are_unsafe(head: Lstm, spoil: Callable[[Arrays], object]) -> None:
    arrays = {name: array.copy() for name, array in head.arrays().items()}
    spoil(arrays)
    with pytest.raises(UnsafeModel):
        Lstm().restore(head.settings(), arrays)


def test_a_small_file_builds_no_huge_network(head: Lstm) -> None:
    with pytest.raises(UnsafeModel, match="fewer than"):
        Lstm().restore({**head.settings(), "hidden": 4096}, head.arrays())

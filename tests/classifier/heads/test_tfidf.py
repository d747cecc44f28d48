"""TfIdf: it finds the words that tell a genre, says so exactly, and believes no model file."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import FeaturesMismatch, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Examples, Head
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.kinds import make_head
from classifier.heads.linear import LogisticMean
from classifier.heads.options import NeuralOptions
from classifier.heads.terms import Terms
from classifier.heads.tfidf import TfIdf
from classifier.ragged import Ragged

N_WORDS, N_GENRES = 300, 3


def plots(n: int = 200, seed: int = 0) -> Examples:
    """Texts of random words; a genre's texts hold one of its five words twice."""
    random = np.random.default_rng(seed)
    y = random.random((n, N_GENRES)) < 0.4
    texts = []
    for row in y:
        words = random.integers(100, N_WORDS, int(random.integers(3, 30))).tolist()
        for genre in np.flatnonzero(row):
            words += [int(genre) * 10 + int(random.integers(1, 6))] * 2
        texts.append(random.permutation(words).astype(np.float32)[:, None])
    return Examples(Ragged.from_sequences(texts), y, np.ones_like(y))


@pytest.fixture(scope="module")
def head() -> TfIdf:
    data = plots()
    return TfIdf().fit(data.X, data.y, validation=plots(seed=1))


def test_it_tells_genres_of_unseen_texts_by_their_words(head: TfIdf) -> None:
    unseen = plots(seed=2)
    assert macro_ap(unseen.y, head.logits(unseen.X), known=unseen.known) > 0.9


def test_contributions_and_intercepts_sum_up_to_the_logits(head: TfIdf) -> None:
    for text in plots(40, seed=3).X:
        parts = head.contributions(text)
        assert parts.shape == (len(text), N_GENRES)
        assert parts.sum(axis=0) + head.intercept == pytest.approx(
            head.logits(Ragged.from_sequences([text]))[0], abs=1e-9
        )


def test_the_word_that_tells_a_genre_contributes_most_and_unknown_ones_nothing(head: TfIdf) -> None:
    text = np.array([[150], [11], [151], [99_999]], dtype=np.float32)
    parts = head.contributions(text)
    assert parts[:, 1].argmax() == 1
    assert not parts[3].any()
    in_vocabulary = head.in_vocabulary(text)
    assert in_vocabulary is not None
    assert in_vocabulary.tolist() == [True, True, True, False]


def test_a_word_has_what_its_pieces_add_and_an_unknown_one_is_told_by_them() -> None:
    random, known = np.random.default_rng(0), (([11, 12], [1, 2]), ([12, 11], [3, 4]))
    labels = random.integers(0, 2, 200)
    texts = []
    for number, label in enumerate(labels):
        (first, second), (piece, other) = known[label]
        texts.append([first, 1000 + number, 0, piece, 50, 0, other, 51 + second])
    X = Ragged.from_sequences([np.array(text, dtype=np.float32)[:, None] for text in texts])
    head = TfIdf().fit(X, labels[:, None] == 1)
    for text in (X[0], np.array([[7], [8], [0], [3], [0], [4], [3]], dtype=np.float32)):
        parts = head.contributions(text)
        assert parts.shape == (2, 1)
        assert parts.sum(axis=0) + head.intercept == pytest.approx(head.logits(Ragged.from_sequences([text]))[0])
    assert (parts > 0).all()  # of two words that no text has had, made of the second genre's pieces


def test_few_words_decide_less_than_many(head: TfIdf) -> None:
    alone, often = np.array([[11]], dtype=np.float32), np.array([[11]] * 50, dtype=np.float32)
    few, many = (head.logits(Ragged.from_sequences([text]))[0, 1] - head.intercept[1] for text in (alone, often))
    assert 0 < few < many


def test_in_a_pair_the_rarer_word_gets_most() -> None:
    common, rare = 100, 11
    y = np.array([[True], [False]] * 20)
    texts = [[common, rare] if row % 2 == 0 else [common, 200 + row % 3] for row in range(40)]
    X = Ragged.from_sequences([np.array(text, dtype=np.float32)[:, None] for text in texts])
    parts = TfIdf().fit(X, y).contributions(np.array([[common], [rare]], dtype=np.float32))
    assert parts[1, 0] > 2 * abs(parts[0, 0])


def test_a_text_without_a_known_word_gets_the_intercepts(head: TfIdf) -> None:
    nothing = np.array([[99_999], [99_998]], dtype=np.float32)
    assert head.logits(Ragged.from_sequences([nothing]))[0].tolist() == head.intercept.tolist()
    assert not head.contributions(nothing).any()


def test_a_text_is_judged_alike_alone_and_in_company_and_after_restoring(head: TfIdf) -> None:
    X = plots(seed=3).X
    restored = TfIdf().restore(head.settings(), head.arrays())
    assert np.array_equal(restored.logits(X), head.logits(X))
    alone = np.concatenate([head.logits(Ragged.from_sequences([text])) for text in X])
    assert np.array_equal(alone, head.logits(X))
    assert restored.settings() == head.settings()


def test_labels_that_are_not_known_have_no_effect() -> None:
    data = plots()
    known = np.random.default_rng(0).random(data.y.shape) < 0.8
    fits = [TfIdf().fit(data.X, y, known=known).coef for y in (data.y & known, data.y | ~known)]
    assert np.array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], TfIdf().fit(data.X, data.y).coef)


def test_validation_chooses_and_what_it_chose_is_fitted_again() -> None:
    data, unseen = plots(), plots(seed=1)
    head = TfIdf(sizes=(3, 1000), penalties=(1e-4, 1.0)).fit(data.X, data.y, validation=unseen)
    assert head.settings()["n_terms"] == 1000  # three terms can't tell three genres of five words each
    again = head.chosen().fit(data.X, data.y)
    assert np.array_equal(again.coef, head.coef)


def test_it_is_made_by_name_and_judging_needs_no_library() -> None:
    assert isinstance(make_head("tfidf", NeuralOptions()), TfIdf)
    code = (
        "import sys, numpy as np; from classifier.heads.kinds import HeadSpec, restore_head; "
        "from classifier.ragged import Ragged; one = np.ones((1, 1), np.float32); "
        "arrays = dict(terms=np.array([[1, 0]], np.float32), idf=one[0], coef=one, intercept=one[0]); "
        "settings = dict(dim=1, n_genres=1, n_terms=1, penalty=1.0, shortest=2.0); "
        "print(restore_head(HeadSpec('tfidf', settings), arrays).logits(Ragged.singles(one))); "
        "assert not {'sklearn', 'scipy', 'keras', 'tensorflow'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[[1.5]]\n"), done.stderr


def test_frames_of_pictures_are_refused(head: TfIdf) -> None:
    with pytest.raises(FeaturesMismatch, match="1 numbers"):
        head.logits(Ragged.singles(np.zeros((2, 2048), np.float32)))


Arrays = dict[str, NDArray[np.float32]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays.pop("idf"),
        lambda arrays: arrays.update(more=arrays["idf"]),
        lambda arrays: arrays.update(coef=arrays["coef"][:-1]),
        lambda arrays: arrays.update(terms=arrays["terms"][::-1].copy()),
        lambda arrays: arrays.update(idf=arrays["idf"][:-1]),
        lambda arrays: arrays.update(idf=arrays["idf"].astype(np.float64)),
        lambda arrays: arrays["coef"].__setitem__((0, 0), np.nan),
        lambda arrays: arrays["terms"].__setitem__((0, 0), 0.5),
    ],
)
def test_arrays_that_no_head_has_are_unsafe(head: TfIdf, spoil: Callable[[Arrays], object]) -> None:
    arrays = {name: array.copy() for name, array in head.arrays().items()}
    spoil(arrays)
    with pytest.raises(UnsafeModel):
        TfIdf().restore(head.settings(), arrays)


@pytest.mark.parametrize(
    "change", [{"dim": 2}, {"n_terms": 0}, {"n_terms": 1}, {"penalty": 0.0}, {"shortest": -1.0}, {"n_genres": 4}]
)
def test_settings_that_no_head_has_are_unsafe(head: TfIdf, change: dict[str, int | float]) -> None:
    with pytest.raises(UnsafeModel):
        TfIdf().restore({**head.settings(), **change}, head.arrays())


def test_without_a_better_way_an_element_counts_for_what_is_lost_without_it() -> None:
    random = np.random.default_rng(0)
    linear = LogisticMean.from_weights(coef=np.eye(3, 4, dtype=np.float32), intercept=np.zeros(3, np.float32))
    frames = random.normal(size=(5, 4)).astype(np.float32)
    whole, rest = (linear.logits(Ragged.from_sequences([part]))[0] for part in (frames, np.delete(frames, 2, axis=0)))
    assert linear.contributions(frames)[2] == pytest.approx(whole - rest)
    assert linear.contributions(frames[:1])[0] == pytest.approx(frames[0, :3], abs=1e-6)  # the intercepts are 0
    assert linear.contributions(random.normal(size=(1000, 4)).astype(np.float32)).shape == (1000, 3)
    assert linear.in_vocabulary(frames) is None


def test_an_ensemble_contributes_what_its_members_do_on_average(head: TfIdf) -> None:
    members: list[Head] = [head, head]
    slopes = np.array([[1.0] * N_GENRES, [3.0] * N_GENRES], dtype=np.float32)
    ensemble = EnsembleHead(members, {"slope": slopes, "intercept": np.zeros_like(slopes)})
    text = plots(1, seed=3).X[0]
    assert ensemble.contributions(text) == pytest.approx(2 * head.contributions(text))
    assert np.array_equal(ensemble.in_vocabulary(text), head.in_vocabulary(text))  # type: ignore[arg-type]


def test_an_ensemble_shows_no_word_that_its_members_would_not_show() -> None:
    terms = Terms(np.array([[5, 0], [6, 0]], np.float32), np.array([1.0, 4.0], np.float32))  # 5 stands in every text
    words = TfIdf.from_weights(terms, np.ones((N_GENRES, 2), np.float32), np.zeros(N_GENRES, np.float32))
    ensemble = EnsembleHead([words, words], {})
    assert ensemble.is_informative(np.array([[5], [6]], np.float32)).tolist() == [False, True]

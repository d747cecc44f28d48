"""Terms: which words and pairs count, how much they weigh, and what no model file may say of them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.errors import UnsafeModel
from classifier.heads.terms import N_IDS, Terms, spell
from classifier.ragged import Ragged

TEXTS = ([1, 2, 3], [2, 3, 2, 3], [3, 1], [7, 2, 3, 1, 2], [16_777_215, 2, 16_777_215])


def ids(*words: int) -> NDArray[np.float32]:
    return np.array(words, dtype=np.float32)[:, None]


def test_weights_are_those_of_scikit_learn() -> None:
    X = Ragged.from_sequences([ids(*text) for text in TEXTS])
    terms = Terms.count(X, most=1000)
    texts = [" ".join(map(str, text)) for text in TEXTS]
    theirs = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\d+").fit(texts)
    assert len(terms) == len(theirs.vocabulary_) > 5
    for row, text in zip(X, texts, strict=True):
        places, weights = terms.weigh(row)
        assert sorted(weights) == pytest.approx(sorted(theirs.transform([text]).data), rel=1e-6)
        assert np.array_equal(places, np.unique(places))


def test_the_commonest_terms_are_kept_and_the_greatest_id_is_exact() -> None:
    X = Ragged.from_sequences([ids(*text) for text in TEXTS])
    assert Terms.count(X, most=2).pairs.tolist() == [[2, 0], [3, 0]]
    only = Terms.count(Ragged.from_sequences([ids(N_IDS - 1, N_IDS - 2)]), most=10)
    assert only.pairs.tolist() == [[N_IDS - 2, 0], [N_IDS - 1, 0], [N_IDS - 1, N_IDS - 2]]


def test_what_is_no_word_is_no_term_and_pairs_with_none() -> None:
    terms = Terms.count(Ragged.from_sequences([ids(5, 6), ids(5, 6)]), most=10)
    for odd in (-3, N_IDS, 1e30, -np.inf):
        spelled = spell(np.array([[5], [odd], [6]], dtype=np.float32))
        assert terms.find(spelled.words).tolist() == [0, -1, 2]
        assert terms.find(spelled.pairs).tolist() == [-1, -1]
    places, weights = terms.weigh(ids(0))
    assert (len(places), len(weights)) == (0, 0)


def test_pieces_behind_the_words_are_terms_of_their_own_that_belong_to_a_word_and_pair_with_none() -> None:
    text = ids(5, 6, 0, 1, 2, 0, 6)
    spelled = spell(text)
    assert spelled.words.tolist() == [5 * N_IDS, 6 * N_IDS]
    assert (spelled.pieces.tolist(), spelled.whose.tolist()) == ([1, 2, 6], [0, 0, 1])
    terms = Terms.count(Ragged.from_sequences([text, text]), most=10)
    assert terms.pairs.tolist() == [[0, 1], [0, 2], [0, 6], [5, 0], [5, 6], [6, 0]]


def test_pieces_of_no_word_are_nothing() -> None:
    spelled = spell(ids(5, 0, 1, 0, 2, 0, 0, 3))
    assert (spelled.words.tolist(), spelled.pieces.tolist()) == ([5 * N_IDS], [1])
    assert spell(ids(0, 5, 6)).keys.tolist() == []


@pytest.mark.parametrize(
    ("pairs", "idf"),
    [
        ([[1, 0], [1, 0]], [1, 1]),
        ([[2, 0], [1, 0]], [1, 1]),
        ([[1.5, 0]], [1]),
        ([[0, 0]], [1]),
        ([[1, -1]], [1]),
        ([[N_IDS, 0]], [1]),
        ([[1, 0]], [0]),
        ([[1, 0]], [-1]),
    ],
)
def test_terms_that_none_has_counted_are_unsafe(pairs: list[list[float]], idf: list[float]) -> None:
    with pytest.raises(UnsafeModel):
        Terms(np.array(pairs, dtype=np.float32), np.array(idf, dtype=np.float32))

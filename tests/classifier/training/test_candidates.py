"""Averages of heads: taken where two know different things, left where one knows nothing, fitted again as chosen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import make_split
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Head, Monitor
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.linear import LogisticMean
from classifier.heads.options import NeuralOptions, WordVectors
from classifier.heads.words import Lstm
from classifier.ragged import Ragged
from classifier.training.candidates import HeadCandidate, average, fit_candidate, refit, usual_heads
from classifier.training.kept_heads import KeptHeads
from classifier.training.parts import Parts
from classifier.training.report import CandidateScore

DIM, N_GENRES = 4, 2


def make_data(n: int = 600) -> Dataset:
    """Return rows whose genres hang on the first two features alike, and on nothing else."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(n, DIM)).astype(np.float32)
    labels = random.random((n, N_GENRES)) < 1 / (1 + np.exp(-2 * (vectors[:, :1] + vectors[:, 1:2])))
    return Dataset(
        X=Ragged.singles(vectors),
        Y=labels,
        known=np.ones_like(labels),
        genres=("Comedy", "Drama"),
        ids=tuple(map(str, range(n))),
        groups=tuple(map(str, range(n))),
        digests=("",) * n,
        features_id="synthetic",
    )


def hears(*features: int, data: Dataset) -> HeadCandidate:
    """Return a head that hears these features alone."""
    coef = np.zeros((N_GENRES, DIM), dtype=np.float32)
    coef[:, list(features)] = 1.0
    head: Head = LogisticMean.from_weights(coef=coef, intercept=np.zeros(N_GENRES, dtype=np.float32))
    logits = head.logits(data.X)
    return HeadCandidate(
        head, logits, CandidateScore(f"hears {features}", macro_ap(data.Y, logits, known=data.known), 1.0)
    )


@pytest.mark.parametrize(("n", "n_frames", "first_of_time"), [(499, 2, "mlp"), (500, 2, "peaks"), (500, 1, "mlp")])
def test_heads_that_look_at_time_are_tried_from_500_trailers_on(n: int, n_frames: int, first_of_time: str) -> None:
    offsets = np.arange(0, n * n_frames + 1, n_frames, dtype=np.int64)
    data = replace(make_data(n), X=Ragged(np.ones((n * n_frames, DIM), np.float32), offsets))
    parts = Parts.from_split(Films.from_dataset(data), make_split(data, seed=0))
    found = usual_heads(parts.fitting.branch("trailer").X, n_rows=parts.count("trailer"))
    assert next(kind for kind in found if "logistic" not in kind) == first_of_time
    assert found[0] == "logistic_mean"


def test_heads_that_know_different_things_are_averaged() -> None:
    data, said = make_data(), list[str]()
    candidates = [hears(0, data=data), hears(1, data=data)]
    found = average(candidates, data, seed=0, say=said.append)
    assert found is not None
    assert isinstance(found.head, EnsembleHead)
    assert found.score.macro_ap > max(candidate.score.macro_ap for candidate in candidates) + 0.03
    assert found.score.seconds == 2.0
    assert "(+0." in said[0]


def test_a_head_that_knows_nothing_new_is_left_out() -> None:
    data = make_data()
    assert average([hears(0, 1, data=data), hears(2, data=data)], data, seed=0, say=lambda line: None) is None
    assert average([hears(0, data=data), hears(0, data=data)], data, seed=0, say=lambda line: None) is None
    assert average([hears(0, data=data)], data, seed=0, say=lambda line: None) is None


def test_each_member_is_fitted_again_once_and_found_again(tmp_path: Path) -> None:
    data = make_data()
    steps: list[str] = []

    def monitor(name: str) -> Monitor:
        steps.append(name)
        return Monitor()

    members = [LogisticMean(sizes=(n,), penalties=(0.1,)).fit(data.X, data.Y) for n in (2,)]
    ones = np.ones((1, N_GENRES), dtype=np.float32)
    head = EnsembleHead(members, {"slope": ones, "intercept": ones})
    first = refit(head, data, kept=KeptHeads(tmp_path), monitor=monitor)
    again = refit(head, data, kept=KeptHeads(tmp_path), monitor=monitor)
    assert steps == ["logistic_mean-refit"]
    assert np.array_equal(first.logits(data.X), again.logits(data.X))


def test_features_are_looked_through_once_whatever_is_taken_of_them() -> None:
    data = make_data()
    some = data.rows(np.arange(len(data)) < 10).with_genres(("Drama",))
    assert some.X.finite


def test_a_gain_that_may_be_chance_is_said_and_not_taken() -> None:
    data, said = make_data(40), list[str]()
    assert average([hears(0, 1, data=data), hears(0, data=data)], data, seed=0, say=said.append) is None
    assert "+0.004 macro AP (-0.024 to +0.038)" in said[0]


@pytest.mark.slow
def test_a_head_found_again_begins_its_last_fit_with_the_word_vectors_that_were_given(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    words = Ragged.from_sequences([random.integers(1, 9, (5, 1)).astype(np.float32) for _ in range(40)])
    data = replace(make_data(40), X=words, modality="plot")
    given = WordVectors(np.array([1, 2], np.float32), np.ones((2, 4), np.float32))
    options = NeuralOptions(hidden=4, epochs=1, word_vectors=given)
    for _ in range(2):
        found = fit_candidate("lstm", data, data, options=options, kept=KeptHeads(tmp_path), monitor=Monitor()).head
        assert isinstance(found, Lstm)
        assert found.chosen().options.word_vectors is given

"""Heads by name, and their average: what is described is restored to the bit, and nothing else is."""

import numpy as np
import pytest

from classifier.errors import BadTrainingData, UnsafeModel
from classifier.heads.base import Examples, Head
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.kinds import KINDS, HeadSpec, describe, make_head, restore_head
from classifier.heads.linear import LogisticMean, LogisticStats
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged

DIM, N_GENRES = 6, 3


def make_examples(n: int = 120) -> Examples:
    random = np.random.default_rng(0)
    X = Ragged.from_sequences([random.normal(size=(1 + n % 5, DIM)).astype(np.float32) for n in range(n)])
    y = random.random((n, N_GENRES)) < 0.5
    return Examples(X, y, np.ones_like(y))


def make_ensemble() -> EnsembleHead:
    examples = make_examples()
    members: list[Head] = [
        LogisticMean(sizes=(DIM,), penalties=(0.1,)).fit(examples.X, examples.y),
        LogisticStats(sizes=(DIM,), penalties=(0.1,)).fit(examples.X, examples.y),
    ]
    slopes = np.array([[1.0, 2.0, 0.5], [2.0, 1.0, 1.5]], dtype=np.float32)
    return EnsembleHead(members, {"slope": slopes, "intercept": np.full((2, N_GENRES), 0.25, dtype=np.float32)})


def test_an_ensemble_is_the_mean_of_its_members_brought_to_one_scale() -> None:
    head, X = make_ensemble(), make_examples().X
    first, second = (member.logits(X) for member in head.members)
    expected = ((first * [1.0, 2.0, 0.5] + 0.25) + (second * [2.0, 1.0, 1.5] + 0.25)) / 2
    assert head.logits(X) == pytest.approx(expected)
    assert head.timeline(X[3]).shape == (len(X[3]), N_GENRES)


def test_what_describes_an_ensemble_restores_it_to_the_bit() -> None:
    head, X = make_ensemble(), make_examples().X
    spec, arrays = describe(head)
    restored = restore_head(spec, arrays)
    assert spec.label == "ensemble(logistic_mean+logistic_stats)"
    assert np.array_equal(restored.logits(X), head.logits(X))
    assert describe(restored)[0] == spec


def test_company_changes_nothing() -> None:
    head, X = make_ensemble(), make_examples().X
    alone = np.concatenate([head.logits(Ragged.from_sequences([sequence])) for sequence in X])
    assert np.array_equal(alone, head.logits(X))


def test_an_ensemble_that_is_not_one_is_refused() -> None:
    spec, arrays = describe(make_ensemble())
    arrays = dict(arrays)
    without = {name: array for name, array in arrays.items() if not name.startswith("1.")}
    wrong = [
        (HeadSpec(spec.kind, spec.settings, spec.members[:1]), arrays),
        (HeadSpec(spec.kind, spec.settings, (*spec.members, spec)), arrays),
        (HeadSpec(spec.kind, {**spec.settings, "n_genres": 4}, spec.members), arrays),
        (HeadSpec("logistic_mean", spec.members[0].settings, spec.members), arrays),
        (spec, without),
        (spec, arrays | {"7.coef": arrays["0.coef"]}),
        (spec, arrays | {"slope": arrays["slope"] * np.float32(np.nan)}),
    ]
    for description, numbers in wrong:
        with pytest.raises(UnsafeModel):
            restore_head(description, numbers)


@pytest.mark.parametrize("kind", KINDS)
def test_every_head_can_be_made_by_its_name(kind: str) -> None:
    head = make_head(kind, NeuralOptions(seed=3))
    assert kind == head.KIND


def test_a_head_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadTrainingData, match="logistic_mean"):
        make_head("magic", NeuralOptions())
    with pytest.raises(UnsafeModel, match="unknown"):
        restore_head(HeadSpec("magic", {}), {})


def test_what_validation_chose_is_fitted_again_without_it() -> None:
    examples = make_examples()
    head = LogisticMean(sizes=(2, 4), penalties=(0.001, 10.0)).fit(examples.X, examples.y, validation=examples)
    again = head.chosen().fit(examples.X, examples.y)
    assert {name: again.settings()[name] for name in ("components", "penalty")} == {
        name: head.settings()[name] for name in ("components", "penalty")
    }
    if head.settings()["components"] == 4:  # the widest projection is the one both were fitted on
        assert np.array_equal(again.arrays()["coef"], head.arrays()["coef"])

"""Bootstrap: a resample's figures are those of its rows, intervals hold what they should, no winner among equals."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import BadTrainingData
from classifier.evaluation import bootstrap
from classifier.evaluation.bootstrap import MAIN_FIGURES, _figures_of_resamples, draw_weights, intervals, paired
from classifier.evaluation.evaluation import evaluate
from classifier.evaluation.metrics import ranking_figures
from classifier.evaluation.ranking import average_precision, rank
from classifier.evaluation.scored_rows import ScoredRows

N_GENRES = 4
SHARES = np.array([0.4, 0.3, 0.1, 0.02])
FILMS = [f"film {row // 2}" for row in range(300)]


def some(n: int = 300, *, strength: float = 0.3, seed: int = 3, labels_seed: int = 1, copies: int = 1) -> ScoredRows:
    """Return n rows, each `copies` times; scores in hundredths know the labels as well as `strength`."""
    labels = np.random.default_rng(labels_seed).random((n, N_GENRES)) < SHARES
    noise = np.random.default_rng(seed).random(labels.shape)
    scores = np.round(strength * labels + (1 - strength) * noise, 2)
    return ScoredRows.from_scores(
        np.repeat(labels, copies, axis=0), np.repeat(scores, copies, axis=0), thresholds=(0.5, 0.4, 0.3, 0.6)
    )


def hidden(scored: ScoredRows) -> ScoredRows:
    """Return the same with a fifth of the labels unknown, whole rows among them."""
    known = np.random.default_rng(5).random(scored.labels.shape) < 0.8
    known[:50] = True
    return ScoredRows.from_scores(scored.labels, scored.scores, thresholds=scored.thresholds, known=known)


def drawn_again(scored: ScoredRows, weights: NDArray[np.float64]) -> Mapping[str, float]:
    """Return the figures of the rows really drawn, by the slow way."""
    rows = np.repeat(np.arange(len(weights)), weights.astype(int))
    return evaluate(
        scored.labels[rows],
        scored.scores[rows],
        genres=[str(column) for column in range(N_GENRES)],
        thresholds=scored.thresholds,
        known=scored.known[rows],
    ).figures


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_resample_has_the_figures_of_the_rows_that_were_drawn(is_hidden: bool) -> None:
    scored = hidden(some()) if is_hidden else some()
    weights = draw_weights(FILMS, n=30, seed=0)
    found = _figures_of_resamples([scored], [name for name in MAIN_FIGURES if "hit" not in name], weights)
    for number in range(30):
        expected = drawn_again(scored, weights[number])
        assert {name: values[0][number] for name, values in found.items()} == pytest.approx(
            {name: expected[name] for name in found}
        )


def test_a_genre_that_a_resample_lacks_is_left_out_of_its_mean() -> None:
    scored = some()
    weights = np.ones((1, 300))
    weights[0, scored.labels[:, 3]] = 0
    found = _figures_of_resamples([scored], ["macro_ap", "hit_at_3"], weights)
    rest = scored.genres(np.array([True, True, True, False])).rows(~scored.labels[:, 3])
    assert found["macro_ap"][0][0] == pytest.approx(ranking_figures(rest)["macro_ap"])
    assert found["hit_at_3"][0][0] == pytest.approx(drawn_again(scored, np.ones(300))["hit_at_3"], abs=0.05)


def test_first_places_are_those_of_the_rows_drawn() -> None:
    names = ("hit_at_1", "hit_at_3", "precision_at_3", "lrap")
    scored = some()
    scored = scored.genres(np.array([True, True, True, False]))  # all of them in every resample
    weights = draw_weights(FILMS, n=3, seed=0)
    found = _figures_of_resamples([scored], names, weights)
    for number, times in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(300), times)
        expected = evaluate(scored.labels[rows], scored.scores[rows], genres="abc").figures
        assert {name: found[name][0][number] for name in names} == pytest.approx(
            {name: expected[name] for name in names}
        )


def test_groups_are_drawn_whole_and_as_many_as_there_are() -> None:
    weights = draw_weights(["a", "b", "a", "c", "c"], n=50, seed=0)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len({tuple(row) for row in weights.tolist()}) > 5


def test_nineteen_of_twenty_intervals_hold_the_figure_of_all_films() -> None:
    truth = ranking_figures(some(40_000, labels_seed=99, seed=98))["macro_ap"]
    found = [
        intervals(some(seed=seed, labels_seed=1000 + seed), groups=range(300), figures=["macro_ap"], n=200)["macro_ap"]
        for seed in range(100)
    ]
    held = sum(each.low <= truth <= each.high for each in found)
    assert 85 <= held <= 100
    assert np.mean([each.high - each.low for each in found]) < 0.25


def test_copies_of_a_film_narrow_nothing_when_films_are_drawn() -> None:
    """Each row four times is no more than each row once, which rows drawn one by one would not notice."""
    once = intervals(some(), groups=range(300), figures=["macro_auc"])["macro_auc"]
    fourfold = some(copies=4)
    films = intervals(fourfold, groups=np.repeat(np.arange(300), 4).tolist(), figures=["macro_auc"])["macro_auc"]
    rows = intervals(fourfold, groups=range(1200), figures=["macro_auc"])["macro_auc"]
    assert [films.low, films.high] == pytest.approx([once.low, once.high])
    assert rows.high - rows.low < 0.65 * (films.high - films.low)


def test_a_better_model_beats_a_worse_one_and_the_other_way_round() -> None:
    better, worse = some(strength=0.5), some(strength=0.2, seed=8)
    found, turned = paired(better, worse, groups=FILMS, n=300), paired(worse, better, groups=FILMS, n=300)
    assert found.low > 0
    assert found.share_better == 1
    assert found.difference == pytest.approx(ranking_figures(better)["macro_ap"] - ranking_figures(worse)["macro_ap"])
    assert [turned.high, turned.share_better] == pytest.approx([-found.low, 0])


def test_among_equals_there_is_no_winner() -> None:
    same = paired(some(), some(), groups=FILMS, n=100)
    assert (same.difference, same.low, same.high, same.share_better) == (0, 0, 0, 0.5)
    close = [paired(some(seed=at), some(seed=100 + at), groups=FILMS, n=200) for at in range(20)]
    assert sum(each.low <= 0 <= each.high for each in close) >= 16


def test_pairing_is_surer_than_two_intervals() -> None:
    ours = some()
    theirs = ScoredRows.from_scores(
        ours.labels, np.clip(ours.scores - 0.03 * (ours.labels & (ours.scores > 0.5)), 0, 1)
    )
    pair = paired(ours, theirs, groups=FILMS)
    alone = intervals(ours, groups=FILMS, figures=["macro_ap"])["macro_ap"]
    assert pair.low > 0
    assert pair.high - pair.low < (alone.high - alone.low) / 3


def test_a_thousand_resamples_of_a_test_part_are_measured_several_at_once_and_ranked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: Counter[str] = Counter()
    for function in (rank, average_precision):
        monkeypatch.setattr(bootstrap, function.__name__, counted(function, calls))
    rng = np.random.default_rng(0)
    labels = rng.random((1500, 21)) < 0.1
    scored = ScoredRows.from_scores(labels, rng.random(labels.shape))
    found = intervals(scored, groups=rng.integers(0, 1200, 1500).tolist(), figures=["macro_ap"])
    assert calls["rank"] == 21 + 1, "each genre and all together"
    assert calls["average_precision"] < 1000 * 21 / 2
    assert 0 < found["macro_ap"].high - found["macro_ap"].low < 0.05


def counted(function: Callable[..., Any], calls: Counter[str]) -> Callable[..., Any]:
    """Return a function that counts how often it is called."""

    def call(*arguments: object) -> object:
        calls[function.__name__] += 1
        return function(*arguments)

    return call


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    first, again, other = (intervals(some(), groups=FILMS, figures=["micro_ap"], n=50, seed=seed) for seed in (4, 4, 5))
    assert first == again != other


def test_what_can_not_be_resampled_or_compared_is_refused() -> None:
    with pytest.raises(BadTrainingData, match="one group"):
        intervals(some(), groups=["one"] * 300)
    with pytest.raises(BadTrainingData, match="299 groups"):
        intervals(some(), groups=range(299))
    with pytest.raises(BadTrainingData, match="same rows"):
        paired(some(), some(labels_seed=2), groups=FILMS)
    with pytest.raises(BadTrainingData, match="no intervals for"):
        intervals(some(), groups=FILMS, figures=["accuracy"])

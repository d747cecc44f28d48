"""Kappas against scikit-learn's, and against the worked example of the paper."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from classifier.evaluation.agreement import Votes, measure_agreement

# Fleiss 1971, table 1: the psychiatrists out of six who gave each of thirty patients each of five diagnoses.
DIAGNOSES = (
    *("00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006"),
    *("10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203"),
    *("00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006"),
)
KAPPAS = (0.245, 0.245, 0.520, 0.471, 0.566)  # of each diagnosis, ibid., and of all of them:
OVERALL = 0.430

both = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40)


def votes(*says: bool | None) -> Votes:
    return tuple((f"rater {number}", yes) for number, yes in enumerate(says) if yes is not None)


@given(both)
def test_two_raters_have_the_kappa_of_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    found = measure_agreement(Counter(votes(*pair) for pair in pairs))
    first, second = zip(*pairs, strict=True)
    assert found is not None
    assert (found.method, found.n_rows) == ("cohen", len(pairs))
    assert found.observed == pytest.approx(np.mean(np.array(first) == np.array(second)))
    if len({*first, *second}) == 1:
        assert found.kappa is None, "who never says anything else can't agree better than by chance"
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(first, second))


def test_more_raters_have_the_kappas_of_the_paper() -> None:
    table = np.array([[int(digit) for digit in row] for row in DIAGNOSES])
    assert table.sum(axis=1).tolist() == [6] * 30
    counts = [Counter(votes(*(place < n for place in range(6))) for n in column) for column in table.T]
    found = [measure_agreement(each) for each in counts]
    kappas = np.array([each.kappa for each in found if each])
    assert kappas == pytest.approx(KAPPAS, abs=0.0006)
    shares = table.mean(axis=0) / 6
    weights = shares * (1 - shares)
    assert np.average(kappas, weights=weights) == pytest.approx(OVERALL, abs=0.0006)
    assert [each and (each.method, each.n_rows, each.n_raters) for each in found] == [("fleiss", 30, 6)] * 5


def test_rows_of_one_rater_say_nothing_and_others_count_as_they_are() -> None:
    counts = Counter({votes(True, True, False): 3, votes(None, False, False): 4, votes(True): 100, votes(): 5})
    found = measure_agreement(counts)
    assert found is not None
    assert (found.method, found.n_rows, found.n_raters) == ("fleiss", 7, 3)
    assert found.observed == pytest.approx((3 / 3 + 4) / 7)
    # By hand: x(m - x)/m is 2/3 three times, (sum m - N) is 17 - 7, p is 6/17.
    assert found.kappa == pytest.approx(1 - (3 * 2 / 3 / 10) / (6 / 17 * 11 / 17))
    assert measure_agreement(Counter({votes(True): 9})) is None
    assert measure_agreement({}) is None


@given(both)
def test_two_raters_alone_have_almost_the_kappa_of_many(pairs: list[tuple[bool, bool]]) -> None:
    """Fleiss' kappa of two raters is Scott's pi, which is Cohen's kappa where both say yes equally often."""
    counts = Counter([votes(*pair) for pair in pairs] + [votes(*reversed(pair)) for pair in pairs])
    cohen = measure_agreement(counts)
    fleiss = measure_agreement(
        Counter(tuple((f"{n}{name}", yes) for name, yes in each) for n, each in enumerate(counts.elements()))
    )
    assert cohen is not None
    assert fleiss is not None
    assert fleiss.method == "fleiss"
    assert fleiss.kappa is None if cohen.kappa is None else fleiss.kappa == pytest.approx(cohen.kappa)

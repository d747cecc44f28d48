"""Agreement of people who say yes or no to a genre, beyond what chance alone would give: Cohen's and Fleiss' kappa."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from classifier.arrays import Floats

Votes = tuple[tuple[str, bool], ...]  # who says yes or no about one trailer, each rater at most once


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement about one genre; `kappa` is 1 for always, 0 for chance, None where all always said the same.

    `observed` is the share of pairs of raters of a trailer who say the same, `n_rows` the number of trailers.
    """

    method: Literal["cohen", "fleiss"]
    kappa: float | None
    observed: float
    n_rows: int
    n_raters: int


def measure_agreement(counts: Mapping[Votes, int]) -> Agreement | None:
    """Return the agreement of raters in votes that occur so many times; None where no trailer has two raters.

    Trailers of fewer than two raters say nothing and are left out. Two raters in all: Cohen's kappa, else Fleiss'.
    """
    counts = {votes: n for votes, n in counts.items() if len(votes) > 1}
    if not counts:
        return None
    raters = sorted({rater for votes in counts for rater, _ in votes})
    times = np.array(list(counts.values()), np.float64)
    n_raters = np.array([len(votes) for votes in counts], np.float64)
    n_yes = np.array([sum(yes for _, yes in votes) for votes in counts], np.float64)
    pairs = n_yes * (n_yes - 1) + (n_raters - n_yes) * (n_raters - n_yes - 1)
    observed = float(np.average(pairs / (n_raters * (n_raters - 1)), weights=times))
    n_rows = int(times.sum())
    if len(raters) > 2:
        return Agreement("fleiss", fleiss_kappa(n_yes, n_raters, times), observed, n_rows, len(raters))
    first, second = (np.array([dict(votes)[rater] for votes in counts], np.float64) for rater in raters)
    return Agreement("cohen", cohen_kappa(first, second, times), observed, n_rows, len(raters))


def cohen_kappa(first: Floats, second: Floats, times: Floats) -> float | None:
    """Return the kappa of two raters' zeros and ones, of which each occurs so many times, all of shape (rows,).

    Cohen 1960, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20: 37-46.
    Each rater's own share of yes is what chance is taken to be.
    """
    p, q = np.average(first, weights=times), np.average(second, weights=times)
    chance = p * q + (1 - p) * (1 - q)
    return _beyond(float(np.average(first == second, weights=times)), float(chance))


def fleiss_kappa(n_yes: Floats, n_raters: Floats, times: Floats) -> float | None:
    """Return the kappa of rows with so many yes of so many raters, two at least, all of shape (rows,).

    Fleiss, Levin & Paik 2003, "Statistical Methods for Rates and Proportions", 3rd edition, section 18.3, for numbers
    of raters that differ from row to row: 1 - sum(x (m - x) / m) / (N (mean(m) - 1) p (1 - p)). With m the same for all
    rows it is that of Fleiss 1971, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76.
    """
    n_votes = float(n_raters @ times)
    p = float(n_yes @ times) / n_votes
    apart = float((n_yes * (n_raters - n_yes) / n_raters) @ times)
    within = apart / (n_votes - float(times.sum()))
    return 1 - within / (p * (1 - p)) if 0 < p < 1 else None


def _beyond(observed: float, chance: float) -> float | None:
    return (observed - chance) / (1 - chance) if chance < 1 else None

"""Stacked joining: a logistic regression on all genres' log-odds of all modalities, one for each choice of them."""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Floats
from classifier.bounds import Shape
from classifier.data.films import Films
from classifier.heads.linear import fit_logistic
from classifier.joins.base import HeadJoin, Logits
from classifier.joins.branches import Branches
from classifier.view import subsets

PENALTY = 0.1  # scikit-learn's C: of .01 to 1 the best on the validation films of benchmarks.fusion (.697, .708, .701)
MIN_ROWS = 100  # fewer can't carry a regression: the plain mean of the modalities is taken


class Stacked(HeadJoin):
    """For each choice of several modalities `coef` (genres, modalities of it x genres) and `bias` (genres,).

    Wolpert 1992, "Stacked Generalization". A genre may so learn from another's score (not comedy where it is horror).
    A modality alone stays as it is.
    """

    KIND = "stacked"

    @classmethod
    def fit(cls, branches: Branches, validation: Films) -> Self:
        """Return the join fitted on rows that the branches have not seen."""
        arrays: dict[str, NDArray[np.float32]] = {}
        for chosen in subsets(branches.members):
            if len(chosen) > 1:
                coef, bias = _regress(branches, chosen, validation)
                arrays |= {_name("coef", chosen): coef.astype(np.float32), _name("bias", chosen): bias}
        return cls(branches.members, arrays)

    def combine(self, logits: Logits) -> Floats:
        """Return what the regression of these modalities makes of their log-odds, (n, genres)."""
        if len(logits) == 1:
            return next(iter(logits.values()))
        coef, bias = (self._arrays[_name(each, tuple(logits))].astype(np.float64) for each in ("coef", "bias"))
        return np.concatenate(list(logits.values()), axis=1) @ coef.T + bias

    @classmethod
    def shapes(cls, modalities: tuple[str, ...], n_genres: int) -> Mapping[str, Shape]:
        """Return those of `coef_...` and `bias_...` of each choice of several modalities."""
        several = [chosen for chosen in subsets(modalities) if len(chosen) > 1]
        coefs = {_name("coef", chosen): (n_genres, len(chosen) * n_genres) for chosen in several}
        return {**coefs, **{_name("bias", chosen): (n_genres,) for chosen in several}}


def _regress(branches: Branches, chosen: tuple[str, ...], validation: Films) -> tuple[Floats, NDArray[np.float32]]:
    """Return coef and bias on raw logits; the calibration is folded in, so that all inputs are of one scale."""
    rows = validation.views.having(chosen)
    n = len(validation.genres)
    slopes = np.concatenate([branches.calibrations[name].slope for name in chosen])  # (inputs,)
    shifts = np.concatenate([branches.calibrations[name].intercept for name in chosen])
    inputs = np.concatenate([branches.calibrated(name)[rows] for name in chosen], axis=1)
    coef, bias = np.tile(np.eye(n) / len(chosen), len(chosen)), np.zeros(n)  # the mean, where nothing can be learnt
    for genre in range(n):
        known = validation.known[rows, genre]
        labels = validation.Y[rows, genre][known]
        if known.sum() >= MIN_ROWS and 0 < labels.sum() < len(labels):
            coef[genre], bias[genre] = fit_logistic(inputs[known], labels, penalty=PENALTY)
    return coef * slopes, (bias + coef @ shifts).astype(np.float32)


def _name(what: str, chosen: tuple[str, ...]) -> str:
    return f"{what}_{'_'.join(chosen)}"

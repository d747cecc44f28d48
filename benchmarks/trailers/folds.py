"""Folds: what is learnt from the films of the benchmark speaks only of films and franchises that it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.data.films import Films
from classifier.data.splits import grouped_stratified_parts
from classifier.evaluation.placement import smooth_shares
from classifier.verdict import log_odds, sigmoid

N_FOLDS = 10
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Odds:
    """Calibrated log-odds, `logits`, and the shares of the genres that they suppose, `priors`, both (n, genres)."""

    logits: Floats
    priors: Floats

    def scores(self, shares: Floats | None = None) -> Floats:
        """Return the scores were these the genres' shares, (genres,) or (n, genres); None leaves those supposed.

        Saerens, Latinne & Decaestecker 2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities",
        equation 2.4, for each genre by itself.
        """
        shift = 0.0 if shares is None else log_odds(shares) - log_odds(self.priors)
        return sigmoid(self.logits + shift)

    def rows(self, chosen: Bools | NDArray[np.int64]) -> "Odds":
        """Return those of the rows where `chosen`, of shape (n,), or of these places."""
        return Odds(self.logits[chosen], self.priors[chosen])


Predictor = Callable[[Films], Odds]
Fit = Callable[[Films], Predictor]


def cross_fit(fit: Fit, films: Films, *, n_folds: int | None = N_FOLDS) -> Odds:
    """Return each film's odds by a predictor that `fit` has made of films of other groups alone.

    `n_folds` None leaves one group out at a time. What `fit` chooses it must choose on the films it is given: it may
    call this again on them.
    """
    folds, found = deal(films, n_folds=n_folds), Odds(np.empty(films.Y.shape), np.empty(films.Y.shape))
    for fold in range(folds.max() + 1):
        out = folds == fold
        odds = fit(films.rows(~out))(films.rows(out))
        found.logits[out], found.priors[out] = odds.logits, odds.priors
    return found


def deal(films: Films, *, n_folds: int | None = N_FOLDS) -> NDArray[np.int64]:
    """Return the fold of each film, of shape (n,); genres are spread evenly, groups kept whole."""
    if n_folds is None:
        return np.unique(np.array(films.groups, dtype=object), return_inverse=True)[1].astype(np.int64)
    return grouped_stratified_parts(films.Y, films.groups, shares=(1 / n_folds,) * n_folds, seed=SEED)


def shares_of_others(films: Films) -> Floats:
    """Return, for each film, the genres' shares among the films of other folds, (n, genres)."""
    folds, shares = deal(films), np.empty(films.Y.shape)
    for fold in range(folds.max() + 1):
        others = folds != fold
        shares[~others] = smooth_shares(films.Y[others], films.known[others])
    return shares

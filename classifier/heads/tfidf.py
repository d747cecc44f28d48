"""TfIdf: the words of a plot and their pairs, weighed by rarity, in a logistic regression."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats, Vectors
from classifier.bounds import Bound, check_arrays
from classifier.errors import BadTrainingData, UnsafeModel
from classifier.heads.base import Arrays, Settings
from classifier.heads.linear import PENALTY_BOUND, Fit, Fitted, RegressionHead, fit_logistic
from classifier.heads.terms import Terms, spell
from classifier.ragged import Ragged

SMOOTHING = 0.1
# Percentile of the training texts' lengths below which a text's weights stay short, so that few words decide less: for
# the first 8 words of 760 held-out plots the log-loss is .471 with it and .477 without, for whole plots .374 both ways.
SHORT = 10


class TfIdf(RegressionHead):
    """A text's logit is the sum over its terms of weight * coef: each word's part in the prediction is exact.

    Terms are scaled by their naive-Bayes log-count ratio (Wang & Manning 2012, "Baselines and Bigrams", section 2.3),
    which is folded into `coef`, float32 of shape (genres, terms).
    """

    KIND = "tfidf"
    # All 7,579 plots, nine genres, macro AP in five grouped folds: single words alone (10,252) .715, 20,000 terms .718,
    # 43,000 .719. 20,000 terms and 21 genres are 1.9 MB.
    SIZE, SIZES, USUAL = "n_terms", (10_000, 20_000), (20_000, 1.0)
    PENALTIES = (0.3, 1.0, 3.0)
    BOUNDS: ClassVar = {
        "dim": Bound(1, 1),
        "n_terms": Bound(1, 200_000),
        "penalty": PENALTY_BOUND,
        "shortest": Bound(0.0, 1e9),
    }
    terms: Terms

    @staticmethod
    def pool(X: Ragged) -> Ragged:
        """Return the texts as they are; raises BadTrainingData for frames."""
        if X.dim != 1:
            raise BadTrainingData(f"the head {TfIdf.KIND!r} learns from the words of plots, not from frames")
        return X

    def _encoders(self, pooled: Ragged, sizes: Sequence[int]) -> Iterable[tuple[int, Terms]]:
        for size in sizes:
            terms = Terms.count(pooled, most=size)
            yield size, replace(terms, shortest=float(np.percentile(terms.lengths(pooled), SHORT)))

    def _solve(self, rows: Any, labels: Bools, *, penalty: float) -> Fitted:
        ratios = _ratios(rows, labels)
        coef, intercept = fit_logistic(rows.multiply(ratios).tocsr(), labels, penalty=penalty, solver="liblinear")
        return coef * ratios, intercept

    def _keep(self, fit: Fit) -> None:
        super()._keep(fit)
        self.terms = fit.encoder

    def _logits(self, X: Ragged) -> Floats:
        weighed = (self.terms.weigh(ids) for ids in X)
        rows = [self.coef[:, places].astype(np.float64) @ weights for places, weights in weighed]
        return np.stack(rows) + self.intercept.astype(np.float64)

    def contributions(self, vectors: Vectors) -> Floats:
        """Return exactly what each word adds, (words, genres): with the intercepts they sum up to the logits.

        A word has what its pieces add. A pair's part is shared by its two words as they weigh by themselves: in "a
        ghost" the ghost gets most of it.
        """
        places, weights = self.terms.weigh(vectors)
        parts = np.zeros((len(self.terms) + 1, self.n_genres))  # the last stands for everything that is not a term
        spelled = spell(vectors)
        singles, pairs, pieces = (self.terms.find(keys) for keys in (spelled.words, spelled.pairs, spelled.pieces))
        times = np.bincount(np.concatenate([singles, pairs, pieces]) + 1, minlength=len(self.terms) + 1)[1:]
        parts[places] = (self.coef[:, places] * (weights / times[places])).T
        alone = np.append(self.terms.idf, 1.0)[singles].astype(np.float64)
        first = (alone[:-1] / (alone[:-1] + alone[1:]))[:, None]
        found: Floats = parts[singles]
        found[:-1] += parts[pairs] * first
        found[1:] += parts[pairs] * (1 - first)
        np.add.at(found, spelled.whose, parts[pieces])
        return found

    def in_vocabulary(self, vectors: Vectors) -> Bools | None:
        """Return which words are terms by themselves, bool of shape (words,)."""
        return self.terms.find(spell(vectors).words) >= 0

    def is_informative(self, vectors: Vectors) -> Bools:
        """Return which words are worth showing, of shape (words,): not `the` and `is`, which stand everywhere."""
        return self.terms.rare(vectors)

    @classmethod
    def from_weights(cls, terms: Terms, coef: NDArray[np.float32], intercept: NDArray[np.float32]) -> Self:
        """Return a head of these weights."""
        head = cls(sizes=(len(terms),), penalties=cls.USUAL[1:])
        head.terms, head.coef, head.intercept = terms, coef, intercept
        head.dim, head.n_genres = 1, len(coef)
        return head

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape, and what fitting chose."""
        return {**super().settings(), "shortest": self.terms.shortest}

    def arrays(self) -> Arrays:
        """Return terms (terms, 2), idf (terms,), coef (genres, terms) and intercept (genres,)."""
        return {"terms": self.terms.pairs, "idf": self.terms.idf, **super().arrays()}

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        n_genres, n_terms = self.n_genres, len(arrays.get("idf", ()))
        if not 1 <= n_terms <= int(settings["n_terms"]):
            raise UnsafeModel(f"there are {n_terms} terms, not 1 to {settings['n_terms']}")
        shapes = {"terms": (n_terms, 2), "idf": (n_terms,), "coef": (n_genres, n_terms), "intercept": (n_genres,)}
        check_arrays(arrays, shapes)
        super()._restore(settings, arrays)
        self.terms = Terms(arrays["terms"], arrays["idf"], float(settings["shortest"]))


def _ratios(texts: Any, labels: Bools) -> Floats:
    """Return log(p / q) of each term's share in texts with and without the genre, smoothed: of shape (terms,)."""
    shares = [np.asarray(texts[rows].sum(axis=0)).ravel() + SMOOTHING for rows in (labels, ~labels)]
    return np.asarray(np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum()))

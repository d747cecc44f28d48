"""TfIdf: the words of a plot and their pairs, weighed by rarity, in a logistic regression."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import SHAPE_BOUNDS, Bound, check_arrays, check_settings
from classifier.errors import BadTrainingData, FeaturesMismatch, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.terms import Terms, spell
from classifier.ragged import Ragged

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# All 7,579 plots, nine genres, macro AP in five grouped folds: single words alone (10,252) .715, 20,000 terms .718,
# 43,000 .719. 20,000 terms and 21 genres are 1.9 MB.
SIZES = (10_000, 20_000)
PENALTIES = (0.3, 1.0, 3.0)
USUAL = (20_000, 1.0)  # without rows to choose by
SMOOTHING = 0.1
# Percentile of the training texts' lengths below which a text's weights stay short, so that few words decide less: for
# the first 8 words of 760 held-out plots the log-loss is .471 with it and .477 without, for whole plots .374 both ways.
SHORT = 10
OPTION_BOUNDS = {"n_terms": Bound(1, 200_000), "penalty": Bound(1e-9, 1e9), "shortest": Bound(0.0, 1e9)}
_Fit = tuple[NDArray[np.float64], NDArray[np.float64]]


class TfIdf(Head):
    """A text's logit is the sum over its terms of weight * coef: each word's part in the prediction is exact.

    `sizes` are numbers of terms, `penalties` scikit-learn's C: the pair of best macro average precision on the
    validation rows is taken. Terms are scaled by their naive-Bayes log-count ratio (Wang & Manning 2012, "Baselines
    and Bigrams", section 2.3), which is folded into `coef`, float32 of shape (genres, terms).
    """

    KIND = "tfidf"

    def __init__(
        self, *, sizes: tuple[int, ...] = SIZES, penalties: tuple[float, ...] = PENALTIES, seed: int = 0
    ) -> None:
        self._sizes, self._penalties, self._seed = sizes, penalties, seed
        self._chosen = (sizes[0], penalties[0]) if len(sizes) == len(penalties) == 1 else USUAL
        self._terms: Terms | None = None
        self._shortest = 0.0
        self.coef: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self.intercept: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    @property
    def dim(self) -> int:
        """How many numbers a word must have: its id."""
        return 1

    @property
    def n_genres(self) -> int:
        """The number of genres."""
        return len(self.coef)

    @property
    def terms(self) -> Terms:
        """The terms that count."""
        if self._terms is None:
            raise RuntimeError(f"a head of kind {self.KIND!r} must be fitted or restored before it is used")
        return self._terms

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit one regression for each genre; `validation` chooses the number of terms and C."""
        if train.X.dim != self.dim:
            raise BadTrainingData(f"the head {self.KIND!r} learns from the words of plots, not from frames")
        if validation is not None:
            self._chosen = self._choose(train, validation, monitor)
        size, penalty = self._chosen
        self._terms, self._shortest, texts = _measure(train.X, size)
        ((coef, intercept),) = _regress(texts, train, penalties=(penalty,))
        self.coef, self.intercept = coef.astype(np.float32), intercept.astype(np.float32)

    def _choose(self, train: Examples, validation: Examples, monitor: Monitor) -> tuple[int, float]:
        tried: dict[tuple[int, float], float] = {}
        n_pairs = len(self._sizes) * len(self._penalties)
        for size in self._sizes:
            terms, shortest, inside = _measure(train.X, size)
            outside = matrix(terms, validation.X, shortest=shortest)
            fits = _regress(inside, train, penalties=self._penalties)
            for penalty, (coef, intercept) in zip(self._penalties, fits, strict=True):
                tried[size, penalty] = macro_ap(validation.y, outside @ coef.T + intercept, known=validation.known)
                monitor.step(len(tried), n_pairs, {"macro_ap": tried[size, penalty]})
        return max(tried, key=lambda pair: tried[pair])

    def chosen(self) -> Self:
        """Return an unfitted head with the number of terms and the penalty that were best."""
        size, penalty = self._chosen
        return type(self)(sizes=(size,), penalties=(penalty,), seed=self._seed)

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        """Return the log-odds of each genre for each text, (n, genres); raises FeaturesMismatch for other features."""
        if X.dim != self.dim:
            raise FeaturesMismatch(f"the head reads words of one number, not frames of {X.dim}")
        rows = []
        for ids in X:
            places, weights = self.terms.weigh(ids, shortest=self._shortest)
            rows.append(self.coef[:, places].astype(np.float64) @ weights)
        return np.stack(rows) + self.intercept.astype(np.float64)

    def contributions(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return exactly what each word adds, (words, genres): with the intercepts they sum up to the logits.

        A pair's part is shared by its two words as they weigh by themselves: in "a ghost" the ghost gets most of it.
        """
        places, weights = self.terms.weigh(vectors, shortest=self._shortest)
        parts = np.zeros((len(self.terms) + 1, self.n_genres))  # the last stands for everything that is not a term
        singles, pairs = (self.terms.find(keys) for keys in spell(vectors))
        times = np.bincount(np.concatenate([singles, pairs]) + 1, minlength=len(self.terms) + 1)[1:]
        parts[places] = (self.coef[:, places] * (weights / times[places])).T
        alone = np.append(self.terms.idf, 1.0)[singles].astype(np.float64)
        first = (alone[:-1] / (alone[:-1] + alone[1:]))[:, None]
        found: NDArray[np.float64] = parts[singles]
        found[:-1] += parts[pairs] * first
        found[1:] += parts[pairs] * (1 - first)
        return found

    def in_vocabulary(self, vectors: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Return which words are terms by themselves, bool of shape (words,)."""
        return self.terms.find(spell(vectors)[0]) >= 0

    def is_informative(self, vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which words are worth showing, of shape (words,): not `the` and `is`, which stand everywhere."""
        return self.terms.rare(vectors)

    @classmethod
    def of(cls, terms: Terms, *, coef: NDArray[np.float32], intercept: NDArray[np.float32]) -> Self:
        """Return a head of these weights."""
        head = cls(sizes=(len(terms),), penalties=(USUAL[1],))
        head._terms, head.coef, head.intercept = terms, coef, intercept
        return head

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape, and what fitting chose."""
        size, penalty = self._chosen
        shape = {"dim": self.dim, "n_genres": self.n_genres}
        return {**shape, "n_terms": size, "penalty": penalty, "shortest": self._shortest}

    def arrays(self) -> Arrays:
        """Return terms (terms, 2), idf (terms,), coef (genres, terms) and intercept (genres,)."""
        return {"terms": self.terms.pairs, "idf": self.terms.idf, "coef": self.coef, "intercept": self.intercept}

    @classmethod
    def restore(cls, settings: Settings, arrays: Arrays) -> Self:
        """Return the head that these describe; raises UnsafeModel when they don't fit together."""
        check_settings(settings, {**SHAPE_BOUNDS, **OPTION_BOUNDS, "dim": Bound(1, 1)})
        n_genres, n_terms = int(settings["n_genres"]), len(arrays.get("idf", ()))
        if not 1 <= n_terms <= int(settings["n_terms"]):
            raise UnsafeModel(f"there are {n_terms} terms, not 1 to {settings['n_terms']}")
        shapes = {"terms": (n_terms, 2), "idf": (n_terms,), "coef": (n_genres, n_terms), "intercept": (n_genres,)}
        check_arrays(arrays, shapes)
        head = cls(sizes=(int(settings["n_terms"]),), penalties=(float(settings["penalty"]),))
        head._terms, head._shortest = Terms(arrays["terms"], arrays["idf"]), float(settings["shortest"])
        head.coef, head.intercept = arrays["coef"], arrays["intercept"]
        return head


def _measure(X: Ragged, size: int) -> "tuple[Terms, float, csr_matrix]":
    """Return the terms of training texts, the length below which a text is short, and the weights."""
    terms = Terms.count(X, most=size)
    shortest = float(np.percentile(terms.lengths(X), SHORT))
    return terms, shortest, matrix(terms, X, shortest=shortest)


def matrix(terms: Terms, X: Ragged, *, shortest: float = 0.0) -> "csr_matrix":
    """Return the weights of all texts' terms, sparse, (n, terms)."""
    from scipy.sparse import csr_matrix  # predicting for one text needs no matrix, and no scipy

    rows = [terms.weigh(ids, shortest=shortest) for ids in X]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    places, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return csr_matrix((weights, places, ends), shape=(len(rows), len(terms)))


def _regress(texts: "csr_matrix", train: Examples, *, penalties: Sequence[float]) -> list[_Fit]:
    """Return for each penalty coef (genres, terms) and intercept (genres,), the naive-Bayes ratios folded in."""
    from sklearn.linear_model import LogisticRegression

    fits: list[list[tuple[NDArray[np.float64], float]]] = [[] for _ in penalties]
    for target, is_known in zip(train.y.T, train.known.T, strict=True):
        known, labels = texts[is_known], target[is_known]
        ratios = _ratios(known, labels)
        scaled = known.multiply(ratios).tocsr()
        for found, penalty in zip(fits, penalties, strict=True):
            regression = LogisticRegression(C=penalty, solver="liblinear", max_iter=2000).fit(scaled, labels)
            found.append((regression.coef_[0] * ratios, float(regression.intercept_[0])))
    return [(np.stack([coef for coef, _ in found]), np.array([shift for _, shift in found])) for found in fits]


def _ratios(texts: Any, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return log(p / q) of each term's share in texts with and without the genre, smoothed: of shape (terms,)."""
    shares = [np.asarray(texts[rows].sum(axis=0)).ravel() + SMOOTHING for rows in (labels, ~labels)]
    ratios: NDArray[np.float64] = np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())
    return ratios

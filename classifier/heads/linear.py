"""Linear heads: logistic regression on pooled features, one genre against the rest, as one affine map."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats, Vectors
from classifier.bounds import Bound, check_arrays
from classifier.errors import UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.pooling import pool_mean, pool_stats
from classifier.heads.projection import Projection, fit_projection
from classifier.ragged import Ragged

# 5,782 posters, 21 genres, macro AP in grouped cross-validation: whitening 0, 0.5, 1 gave .281, .281, .271;
# 200, 400, 800 components .280, .281, .282
WHITENING = 0.5
HALF_S, ENOUGH_S = 10, 60
PENALTY_BOUND = Bound(1e-9, 1e9)
Fitted = tuple[Floats, float]  # the weights of one genre, (width,), and its intercept


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A regression on `encoder.apply(rows)`: `coef` (genres, width) and `intercept` (genres,)."""

    size: int
    penalty: float
    encoder: Any
    coef: Floats
    intercept: Floats


class RegressionHead(Head):
    """Regressions of all genres; `coef` of shape (genres, width), `intercept` of shape (genres,), both float32.

    `sizes` are how many components or terms the features become, `penalties` scikit-learn's C (the inverse strength of
    the L2 penalty): the pair of best macro average precision on the validation rows is taken.
    """

    SIZE: ClassVar[str]  # what the settings call a size
    SIZES: ClassVar[tuple[int, ...]]
    PENALTIES: ClassVar[tuple[float, ...]]
    USUAL: ClassVar[tuple[int, float]]  # without rows to choose by
    coef: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def __init__(self, *, sizes: tuple[int, ...] = (), penalties: tuple[float, ...] = (), seed: int = 0) -> None:
        self._sizes, self._penalties, self._seed = sizes or self.SIZES, penalties or self.PENALTIES, seed
        self._chosen = (sizes[0], penalties[0]) if len(sizes) == len(penalties) == 1 else self.USUAL

    @staticmethod
    @abstractmethod
    def pool(X: Ragged) -> Any:
        """Return what encoders are fitted on and applied to."""

    @abstractmethod
    def _encoders(self, pooled: Any, sizes: Sequence[int]) -> Iterable[tuple[int, Any]]:
        """Return an encoder of each size."""

    def _solve(self, rows: Any, labels: Bools, *, penalty: float) -> Fitted:
        return fit_logistic(rows, labels, penalty=penalty)

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit the pair that is best on `validation`; without it, the one chosen before, or the usual one."""
        inside = self.pool(train.X)
        if validation is None:
            size, penalty = self._chosen
            (best,) = self._fits(inside, train, (size,), (penalty,))
        else:
            outside, tried = self.pool(validation.X), list[tuple[float, Fit]]()
            for fit in self._fits(inside, train, self._sizes, self._penalties):
                logits = fit.encoder.apply(outside) @ fit.coef.T + fit.intercept
                tried.append((macro_ap(validation.y, logits, known=validation.known), fit))
                monitor.step(len(tried), len(self._sizes) * len(self._penalties), {"macro_ap": tried[-1][0]})
            best = max(tried, key=lambda each: each[0])[1]
        self._chosen = best.size, best.penalty
        self._keep(best)

    def _fits(self, inside: Any, train: Examples, sizes: Sequence[int], penalties: Sequence[float]) -> Iterator[Fit]:
        for size, encoder in self._encoders(inside, sizes):
            rows = encoder.apply(inside)
            for penalty in penalties:
                fitted = regress(rows, train.y, known=train.known, solve=partial(self._solve, penalty=penalty))
                yield Fit(size, penalty, encoder, *fitted)

    def _keep(self, fit: Fit) -> None:
        self.coef, self.intercept = fit.coef.astype(np.float32), fit.intercept.astype(np.float32)

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape, and what fitting chose."""
        return {**super().settings(), self.SIZE: self._chosen[0], "penalty": self._chosen[1]}

    def arrays(self) -> Arrays:
        """Return coef (genres, width) and intercept (genres,)."""
        return {"coef": self.coef, "intercept": self.intercept}

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        self._chosen = int(settings[self.SIZE]), float(settings["penalty"])
        self.coef, self.intercept = arrays["coef"], arrays["intercept"]


class LinearHead(RegressionHead):
    """Pooled features -> logits; fitted on whitened principal directions of them, and folded into one map.

    `spread`, float32 of shape (width,), is that of the pooled features it was fitted on; heads made before lack it.
    """

    WIDTH: ClassVar[int]  # how many pooled numbers there are for each number of a frame
    SIZE, SIZES, USUAL = "components", (200, 400), (400, 0.0003)
    PENALTIES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.1)
    BOUNDS: ClassVar = {"components": Bound(1, 16_384), "penalty": PENALTY_BOUND}
    spread: NDArray[np.float32] | None = None

    def _encoders(self, pooled: NDArray[np.float32], sizes: Sequence[int]) -> Iterable[tuple[int, Projection]]:
        widest = fit_projection(pooled, n_components=max(sizes), whitening=WHITENING, seed=self._seed)
        return [(size, replace(widest, basis=widest.basis[:, :size])) for size in sizes]

    def _keep(self, fit: Fit) -> None:
        self.coef, self.intercept = (each.astype(np.float32) for each in fit.encoder.fold(fit.coef, fit.intercept))
        self.spread = fit.encoder.spread.astype(np.float32)

    def _logits(self, X: Ragged) -> Floats:
        return self._affine(self.pool(X))

    def _affine(self, pooled: Vectors) -> Floats:
        # a product of its own for each row: a row's logits don't depend on how many rows there are
        weights = self.coef.astype(np.float64)
        return np.stack([weights @ row for row in pooled.astype(np.float64)]) + self.intercept.astype(np.float64)

    def arrays(self) -> Arrays:
        """Return coef (genres, width), intercept (genres,), and spread (width,) where it is known."""
        return {**super().arrays(), **({} if self.spread is None else {"spread": self.spread})}

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        width, self.spread = self.WIDTH * self.dim, arrays.get("spread")
        shapes = {"coef": (self.n_genres, width), "intercept": (self.n_genres,), "spread": (width,)}
        check_arrays(arrays, {name: shape for name, shape in shapes.items() if name in arrays or name != "spread"})
        if self.spread is not None and (self.spread < 0).any():
            raise UnsafeModel("a spread is below 0")
        super()._restore(settings, arrays)

    def rescaled(self, slope: Floats, shift: Floats) -> Self:
        """Return the head whose logits are slope * this one's + shift, both of shape (genres,)."""
        head = copy.copy(self)
        head.coef = (self.coef * slope[:, None]).astype(np.float32)
        head.intercept = (self.intercept * slope + shift).astype(np.float32)
        return head

    @classmethod
    def from_weights(cls, coef: NDArray[np.float32], intercept: NDArray[np.float32]) -> Self:
        """Return a head of these weights."""
        head = cls()
        head.coef, head.intercept = coef, intercept
        head.dim, head.n_genres = coef.shape[1] // cls.WIDTH, len(coef)
        return head


class LogisticMean(LinearHead):
    """On the mean over the seconds; since it is affine, a trailer's logit is the mean of its seconds' logits.

    A head placed on trailers has a `base`, float32 of shape (genres,), to which the logits of short ones are drawn.
    """

    KIND = "logistic_mean"
    WIDTH = 1
    pool = staticmethod(pool_mean)
    base: NDArray[np.float32] | None = None

    def _logits(self, X: Ragged) -> Floats:
        logits = self._affine(np.stack([sequence.mean(axis=0, dtype=np.float64) for sequence in X]))
        if self.base is None:
            return logits
        return self.base + trust(X.lengths)[:, None] * (logits - self.base)

    def timeline(self, vectors: Vectors) -> Floats:
        """Return the log-odds of each second by itself: (frames, dim) -> (frames, genres)."""
        return self._affine(vectors)

    def arrays(self) -> Arrays:
        """Return the arrays of a linear head, and base where there is one."""
        return {**super().arrays(), **({} if self.base is None else {"base": self.base})}

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        self.base = arrays.get("base")
        if self.base is not None:
            check_arrays({"base": self.base}, {"base": (self.n_genres,)})
        super()._restore(settings, {name: array for name, array in arrays.items() if name != "base"})


def trust(n_seconds: NDArray[np.int64]) -> Floats:
    """Return how much the mean of so few seconds says of a trailer, (n,) -> (n,), 1 from a minute on.

    Spearman 1910, "Correlation Calculated from Faulty Data" (the Spearman-Brown formula), for each genre alike: of 52
    trailers the means of ten seconds vary within a trailer as much as whole trailers do among each other.
    """
    return np.minimum(1.0, n_seconds / (n_seconds + HALF_S) * (1 + HALF_S / ENOUGH_S))


class LogisticStats(LinearHead):
    """On mean, standard deviation, maximum, and mean absolute difference of neighbouring seconds."""

    KIND = "logistic_stats"
    WIDTH = 4
    pool = staticmethod(pool_stats)


def regress(rows: Any, y: Bools, *, known: Bools, solve: Callable[[Any, Bools], Fitted]) -> tuple[Floats, Floats]:
    """Return coef (genres, width) and intercept (genres,): for each genre what `solve` makes of its known rows."""
    found = [solve(rows[is_known], labels[is_known]) for labels, is_known in zip(y.T, known.T, strict=True)]
    return np.stack([coef for coef, _ in found]), np.array([shift for _, shift in found])


def fit_logistic(rows: Any, labels: Bools, *, penalty: float, solver: str = "lbfgs") -> Fitted:
    """Return the logistic regression of one genre; `penalty` is scikit-learn's C."""
    from sklearn.linear_model import LogisticRegression  # a second that predicting doesn't need

    found = LogisticRegression(C=penalty, solver=solver, max_iter=2000).fit(rows, labels)
    return found.coef_[0], float(found.intercept_[0])

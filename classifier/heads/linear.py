"""Linear heads: logistic regression on pooled features, one genre against the rest, as one affine map."""

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import SHAPE_BOUNDS, Bound, check_arrays, check_settings
from classifier.errors import UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.pooling import pool_mean, pool_stats
from classifier.heads.projection import fit_projection
from classifier.ragged import Ragged

# 5,782 posters, 21 genres, macro AP in grouped cross-validation: whitening 0, 0.5, 1 gave .281, .281, .271;
# 200, 400, 800 components .280, .281, .282
WHITENING = 0.5
COMPONENTS = (200, 400)
PENALTIES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.1)
USUAL = (400, 0.0003)  # without rows to choose by
OPTION_BOUNDS = {"components": Bound(1, 16_384), "penalty": Bound(1e-9, 1e9)}


class LinearHead(Head):
    """Pooled features -> logits; `coef` of shape (genres, width), `intercept` of shape (genres,), both float32.

    `components` are numbers of principal directions, `penalties` scikit-learn's C (the inverse strength of the L2
    penalty): the pair of best macro average precision on the validation rows is taken.
    """

    WIDTH: ClassVar[int]  # how many pooled numbers there are for each number of a frame

    def __init__(
        self,
        *,
        components: tuple[int, ...] = COMPONENTS,
        penalties: tuple[float, ...] = PENALTIES,
        seed: int = 0,
    ) -> None:
        self._components = components
        self._penalties = penalties
        self._seed = seed
        self._chosen = (components[0], penalties[0]) if len(components) == len(penalties) == 1 else USUAL
        self.coef: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self.intercept: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    @staticmethod
    @abstractmethod
    def pool(X: Ragged) -> NDArray[np.float32]:
        """Return the pooled features, of shape (n, width)."""

    @property
    def dim(self) -> int:
        """How many numbers a frame must have."""
        return int(self.coef.shape[1]) // self.WIDTH

    @property
    def n_genres(self) -> int:
        """The number of genres."""
        return len(self.coef)

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit on whitened principal directions of the pooled features; `validation` chooses how many, and C."""
        pooled = self.pool(train.X)
        width = self._chosen[0] if validation is None else max(self._components)
        projection = fit_projection(pooled, n_components=width, whitening=WHITENING, seed=self._seed)
        inside = projection.apply(pooled)
        if validation is not None:
            outside = projection.apply(self.pool(validation.X))
            self._chosen = self._choose(
                (inside, train.y, train.known), (outside, validation.y, validation.known), monitor
            )
        n, penalty = self._chosen
        coef, intercept = _regress(inside[:, :n], train.y, known=train.known, penalty=penalty)
        padded = np.zeros((len(coef), projection.basis.shape[1]))
        padded[:, : coef.shape[1]] = coef
        folded, shift = projection.fold(padded, intercept)
        self.coef, self.intercept = folded.astype(np.float32), shift.astype(np.float32)

    def _choose(self, train: "_Rows", validation: "_Rows", monitor: Monitor) -> tuple[int, float]:
        """Return the number of directions and the penalty of best macro average precision on validation rows."""
        tried: dict[tuple[int, float], float] = {}
        pairs = [(n, penalty) for n in self._components for penalty in self._penalties]
        for done, (n, penalty) in enumerate(pairs, start=1):
            coef, intercept = _regress(train[0][:, :n], train[1], known=train[2], penalty=penalty)
            logits = validation[0][:, :n] @ coef.T + intercept
            tried[n, penalty] = macro_ap(validation[1], logits, known=validation[2])
            monitor.step(done, len(pairs), {"macro_ap": tried[n, penalty]})
        return max(pairs, key=lambda pair: tried[pair])

    def chosen(self) -> Self:
        """Return an unfitted head with the number of directions and the penalty that were best."""
        n, penalty = self._chosen
        return type(self)(components=(n,), penalties=(penalty,), seed=self._seed)

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        """Return the log-odds of each genre for each sequence, of shape (n, genres)."""
        return self._affine(self.pool(X))

    def _affine(self, pooled: NDArray[np.floating]) -> NDArray[np.float64]:
        # a product of its own for each row: a row's logits don't depend on how many rows there are
        weights = self.coef.astype(np.float64)
        rows = [weights @ row for row in pooled.astype(np.float64)]
        return np.stack(rows) + self.intercept.astype(np.float64)

    def settings(self) -> Settings:
        """Return the numbers that fix the head's shape, and what fitting chose."""
        n, penalty = self._chosen
        return {"dim": self.dim, "n_genres": self.n_genres, "components": n, "penalty": penalty}

    def arrays(self) -> Arrays:
        """Return coef (genres, width) and intercept (genres,)."""
        return {"coef": self.coef, "intercept": self.intercept}

    @classmethod
    def restore(cls, settings: Settings, arrays: Arrays) -> Self:
        """Return the head that these describe; raises UnsafeModel when they don't fit together."""
        check_settings(settings, {**SHAPE_BOUNDS, **OPTION_BOUNDS})
        n_genres = int(settings["n_genres"])
        check_arrays(arrays, {"coef": (n_genres, cls.WIDTH * int(settings["dim"])), "intercept": (n_genres,)})
        head = cls.of(coef=arrays["coef"], intercept=arrays["intercept"])
        head._chosen = (int(settings["components"]), float(settings["penalty"]))
        return head

    @classmethod
    def of(cls, *, coef: NDArray[np.float32], intercept: NDArray[np.float32]) -> Self:
        """Return a head of these weights; raises UnsafeModel when their shapes disagree."""
        if coef.ndim != 2 or not coef.size or coef.shape[1] % cls.WIDTH or intercept.shape != (len(coef),):
            raise UnsafeModel(f"coef {coef.shape} and intercept {intercept.shape} don't make a head {cls.KIND!r}")
        head = cls()
        head.coef, head.intercept = coef, intercept
        return head


class LogisticMean(LinearHead):
    """On the mean over the seconds; since it is affine, a trailer's logit is the mean of its seconds' logits."""

    KIND = "logistic_mean"
    WIDTH = 1
    pool = staticmethod(pool_mean)

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        """Return the log-odds of each genre for each sequence, of shape (n, genres)."""
        return self._affine(np.stack([sequence.mean(axis=0, dtype=np.float64) for sequence in X]))

    def timeline(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the log-odds of each second by itself: (frames, dim) -> (frames, genres)."""
        return self._affine(vectors)


class LogisticStats(LinearHead):
    """On mean, standard deviation, maximum, and mean absolute difference of neighbouring seconds."""

    KIND = "logistic_stats"
    WIDTH = 4
    pool = staticmethod(pool_stats)


_Rows = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]


def _regress(
    vectors: NDArray[np.float64], y: NDArray[np.bool_], *, known: NDArray[np.bool_], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coef (genres, components) and intercept (genres,) of one logistic regression for each genre."""
    from sklearn.linear_model import LogisticRegression  # a second that predicting doesn't need

    coef, intercept = [], []
    for target, is_known in zip(y.T, known.T, strict=True):
        regression = LogisticRegression(C=penalty, max_iter=2000).fit(vectors[is_known], target[is_known])
        coef.append(regression.coef_[0])
        intercept.append(regression.intercept_[0])
    return np.stack(coef), np.array(intercept)

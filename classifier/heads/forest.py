"""Forest: a random forest for each genre on the mean frame, as in the project this one grew from."""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import SHAPE_BOUNDS, Bound, check_settings
from classifier.errors import BadTrainingData, FeaturesMismatch
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.pooling import pool_mean
from classifier.heads.trees import Trees
from classifier.ragged import Ragged

OPTION_BOUNDS = {
    "n_trees": Bound(1, 1000),
    "min_samples_leaf": Bound(1, 10_000),
    "max_leaf_nodes": Bound(2, 4096),
    "seed": Bound(0, 2**31 - 1),
}


class Forest(Head):
    """Random forests (Breiman 2001, "Random Forests"), one against the rest.

    21 genres of 200 trees of at most 128 leaves are 1.07 million nodes, 21 MB: `max_leaf_nodes` bounds the file.
    """

    KIND: ClassVar[str] = "forest"

    def __init__(
        self, *, n_trees: int = 200, min_samples_leaf: int = 3, max_leaf_nodes: int = 128, seed: int = 0
    ) -> None:
        self._options = {
            "n_trees": n_trees,
            "min_samples_leaf": min_samples_leaf,
            "max_leaf_nodes": max_leaf_nodes,
            "seed": seed,
        }
        for name, value in self._options.items():
            if not OPTION_BOUNDS[name].admits(value):
                raise BadTrainingData(f"{name} must be from {OPTION_BOUNDS[name].low} to {OPTION_BOUNDS[name].high}")
        self._shape = {"dim": 0, "n_genres": 0}
        self._trees: Trees | None = None

    @property
    def dim(self) -> int:
        """How many numbers a frame must have."""
        return self._shape["dim"]

    @property
    def n_genres(self) -> int:
        """The number of genres."""
        return self._shape["n_genres"]

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit each genre to the rows where it is known; `validation` is not needed."""
        means, fitted = pool_mean(train.X), []
        for genre in range(train.y.shape[1]):
            rows = train.known[:, genre]
            fitted += _grow(means[rows], train.y[rows, genre], self._options, seed=genre)
            monitor.step(genre + 1, train.y.shape[1], {})
        self._trees, self._shape = Trees.of(fitted), {"dim": train.X.dim, "n_genres": train.y.shape[1]}

    def chosen(self) -> Self:
        """Return an unfitted forest of the same options: fitting chooses none."""
        return type(self)(**self._options)

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        """Return log-odds (n, genres) of the mean leaf share, smoothed: as if one more tree had said one half."""
        shares, n_trees = self.shares(X), self._options["n_trees"]
        smooth = (shares * n_trees + 0.5) / (n_trees + 1)
        odds: NDArray[np.float64] = np.log(smooth) - np.log1p(-smooth)
        return odds

    def shares(self, X: Ragged) -> NDArray[np.float64]:
        """Return the mean over a genre's trees of the share of its leaf, (n, genres): scikit-learn's probability."""
        if self._trees is None:
            raise RuntimeError("a forest must be fitted or restored before it is used")
        if X.dim != self.dim:
            raise FeaturesMismatch(f"the head reads frames of {self.dim} numbers, not of {X.dim}")
        each = self._trees.shares(pool_mean(X))  # (n, genres * trees)
        shares: NDArray[np.float64] = each.reshape(len(X), self.n_genres, -1).mean(axis=2, dtype=np.float64)
        return shares

    def settings(self) -> Settings:
        """Return its shape and options."""
        return {**self._shape, **self._options}

    def arrays(self) -> Arrays:
        """Return the nodes of all trees, genre after genre."""
        return self._trees.arrays() if self._trees else {}

    @classmethod
    def restore(cls, settings: Settings, arrays: Arrays) -> Self:
        """Return the head that these describe; raises UnsafeModel for what no forest has."""
        check_settings(settings, {**SHAPE_BOUNDS, **OPTION_BOUNDS})
        whole = {name: int(value) for name, value in settings.items()}
        head = cls(**{name: whole[name] for name in OPTION_BOUNDS})
        head._shape = {name: whole[name] for name in SHAPE_BOUNDS}
        head._trees = Trees.restore(arrays, n_trees=whole["n_genres"] * whole["n_trees"], dim=whole["dim"])
        return head


def _grow(
    means: NDArray[np.float32], labels: NDArray[np.bool_], options: Mapping[str, int], *, seed: int
) -> list[object]:
    """Return the trees of one genre."""
    from sklearn.ensemble import RandomForestClassifier  # 0.3 s that a restored forest doesn't need

    forest = RandomForestClassifier(
        options["n_trees"],
        min_samples_leaf=options["min_samples_leaf"],
        max_leaf_nodes=options["max_leaf_nodes"],
        random_state=np.random.RandomState([options["seed"], seed]),
        n_jobs=-1,
    )
    return [tree.tree_ for tree in forest.fit(means, labels).estimators_]

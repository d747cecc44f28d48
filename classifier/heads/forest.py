"""Forest: a random forest for each genre on the mean frame, as in the project this one grew from."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.bounds import Bound
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.pooling import pool_mean
from classifier.heads.trees import Trees
from classifier.ragged import Ragged


class Forest(Head):
    """Random forests (Breiman 2001, "Random Forests"), one against the rest.

    21 genres of 200 trees of at most 128 leaves are 1.07 million nodes, 21 MB: `max_leaf_nodes` bounds the file.
    """

    KIND = "forest"
    BOUNDS: ClassVar[Mapping[str, Bound]] = {
        "n_trees": Bound(1, 1000),
        "min_samples_leaf": Bound(1, 10_000),
        "max_leaf_nodes": Bound(2, 4096),
        "seed": Bound(0, 2**31 - 1),
    }
    _trees: Trees

    def __init__(
        self, *, n_trees: int = 200, min_samples_leaf: int = 3, max_leaf_nodes: int = 128, seed: int = 0
    ) -> None:
        self._options = dict(zip(self.BOUNDS, (n_trees, min_samples_leaf, max_leaf_nodes, seed), strict=True))

    def _fit(self, train: Examples, *, validation: Examples | None, monitor: Monitor) -> None:
        """Fit each genre to the rows where it is known; `validation` is not needed."""
        means, fitted = pool_mean(train.X), []
        for genre in range(self.n_genres):
            rows = train.known[:, genre]
            fitted += _grow(means[rows], train.y[rows, genre], self._options, seed=genre)
            monitor.step(genre + 1, self.n_genres, {})
        self._trees = Trees.from_fitted(fitted)

    def _logits(self, X: Ragged) -> Floats:
        """Return log-odds (n, genres) of the mean leaf share, smoothed: as if one more tree had said one half."""
        shares, n_trees = self.shares(X), self._options["n_trees"]
        smooth = (shares * n_trees + 0.5) / (n_trees + 1)
        return np.asarray(np.log(smooth) - np.log1p(-smooth))

    def shares(self, X: Ragged) -> Floats:
        """Return the mean over a genre's trees of the share of its leaf, (n, genres): scikit-learn's probability."""
        each = self._trees.shares(pool_mean(X))  # (n, genres * trees)
        return np.asarray(each.reshape(len(X), self.n_genres, -1).mean(axis=2, dtype=np.float64))

    def settings(self) -> Settings:
        """Return its shape and options."""
        return {**super().settings(), **self._options}

    def arrays(self) -> Arrays:
        """Return the nodes of all trees, genre after genre."""
        return self._trees.arrays()

    def _restore(self, settings: Settings, arrays: Arrays) -> None:
        self._options = {name: int(settings[name]) for name in self.BOUNDS}
        self._trees = Trees.restore(arrays, n_trees=self.n_genres * self._options["n_trees"], dim=self.dim)


def _grow(means: NDArray[np.float32], labels: Bools, options: Mapping[str, int], *, seed: int) -> list[object]:
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

"""Trees: decision trees of one forest as plain arrays, checked, and walked without scikit-learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Floats
from classifier.bounds import check_arrays
from classifier.errors import UnsafeModel

NODE_ARRAYS = ("feature", "threshold", "left", "right", "value")
MAX_NODES = 2**24  # whole numbers up to it are exact in float32
ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Tree t is nodes[starts[t]:starts[t + 1]]; its first node is the root.

    Of each node: `feature` and `threshold` (go left where x <= threshold), `left` and `right` (places within the tree,
    behind their parent; 0 and 0 for a leaf) and `value`, the share of rows there that have the genre.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float32]
    starts: NDArray[np.int64]

    @classmethod
    def from_fitted(cls, fitted: Sequence[Any]) -> Self:
        """Return scikit-learn's `tree_` objects of fitted two-class trees."""
        pairs = [(tree, np.asarray(tree.children_left) < 0) for tree in fitted]
        thresholds = [np.where(leaf, 0.0, _floor(tree.threshold)) for tree, leaf in pairs]
        return cls(
            feature=np.concatenate([np.where(leaf, 0, tree.feature) for tree, leaf in pairs]).astype(np.int64),
            threshold=np.concatenate(thresholds).astype(np.float32),
            left=np.concatenate([np.where(leaf, 0, tree.children_left) for tree, leaf in pairs]).astype(np.int64),
            right=np.concatenate([np.where(leaf, 0, tree.children_right) for tree, leaf in pairs]).astype(np.int64),
            value=np.concatenate([_share(tree) for tree in fitted]).astype(np.float32),
            starts=np.cumsum([0, *(tree.node_count for tree in fitted)]).astype(np.int64),
        )

    def shares(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what each tree says of each row: (n, dim) -> (n, trees)."""
        parts = [self._walk(rows[i : i + ROWS_AT_ONCE]) for i in range(0, len(rows), ROWS_AT_ONCE)]
        return self.value[np.concatenate(parts)]

    def _walk(self, rows: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the leaf, a place among all nodes, where each row ends in each tree: (n, trees)."""
        roots = self.starts[:-1]
        places = np.repeat(roots[None], len(rows), axis=0)  # (n, trees)
        each = np.arange(len(rows))[:, None]
        while (self.left[places] > 0).any():
            goes_left = rows[each, self.feature[places]] <= self.threshold[places]
            step = np.where(goes_left, self.left[places], self.right[places])
            places = np.where(step > 0, roots + step, places)
        return places

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the trees as float32 arrays of one axis."""
        return {name: getattr(self, name).astype(np.float32) for name in (*NODE_ARRAYS, "starts")}

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[np.float32]], *, n_trees: int, dim: int) -> Self:
        """Return the trees that the arrays describe; raises UnsafeModel unless every walk stays inside and ends."""
        n_nodes = arrays["value"].size if "value" in arrays else 0
        check_arrays(arrays, {**dict.fromkeys(NODE_ARRAYS, (n_nodes,)), "starts": (n_trees + 1,)})
        if not n_trees <= n_nodes <= MAX_NODES:
            raise UnsafeModel(f"{n_trees} trees must have that many nodes to {MAX_NODES:,}, not {n_nodes:,}")
        starts = _whole(arrays["starts"], name="starts", below=n_nodes + 1)
        if starts[0] != 0 or starts[-1] != n_nodes or (np.diff(starts) < 1).any():
            raise UnsafeModel("starts must rise from 0 to the number of nodes")
        places = np.arange(n_nodes) - np.repeat(starts[:-1], np.diff(starts))  # within the tree
        sizes = np.repeat(np.diff(starts), np.diff(starts))
        left, right = (_whole(arrays[name], name=name, below=n_nodes) for name in ("left", "right"))
        inner = left > 0
        if ((right > 0) != inner).any():
            raise UnsafeModel("a node must have two children or none")
        if any((child[inner] <= places[inner]).any() or (child >= sizes).any() for child in (left, right)):
            raise UnsafeModel("a node's children must stand behind it, in its own tree")
        if (arrays["value"] < 0).any() or (arrays["value"] > 1).any():
            raise UnsafeModel("a leaf's value must be a share from 0 to 1")
        feature = _whole(arrays["feature"], name="feature", below=dim)
        return cls(feature, arrays["threshold"], left, right, arrays["value"], starts)


def _whole(array: NDArray[np.float32], *, name: str, below: int) -> NDArray[np.int64]:
    if (array < 0).any() or (array >= below).any() or (array != np.floor(array)).any():
        raise UnsafeModel(f"{name} must hold whole numbers from 0 to {below - 1}")
    return array.astype(np.int64)


def _floor(thresholds: Floats) -> NDArray[np.float32]:
    """Return the largest float32 not above each threshold: a float32 x is <= both or neither."""
    near = thresholds.astype(np.float32)
    return np.where(near.astype(np.float64) > thresholds, np.nextafter(near, np.float32(-np.inf)), near)


def _share(tree: Any) -> Floats:
    counts: Floats = tree.value[:, 0, :]  # (nodes, 2)
    return np.asarray(counts[:, 1] / counts.sum(axis=1))

"""Split: the rows that train, those that choose and calibrate, and those that test; with its seed and data digest."""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import LabelledRows
from classifier.data.duplicates import join_groups
from classifier.data.leaks import find_leaks
from classifier.data.splits import grouped_stratified_parts
from classifier.data.training_films import TrainingFilms
from classifier.errors import BadTrainingData, LeakingSplit
from classifier.whole_file import whole_file

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
SHARES = (0.64, 0.16, 0.20)
MAX_FILE_BYTES = 256 * 2**20
Rows = TypeVar("Rows", bound=LabelledRows)


@dataclass(frozen=True, eq=False)
class Split:
    """`parts` names each row's part by its id; `data_sha256` is the `Dataset.sha256` it was made for.

    Near-duplicates are found by the features of `told_by`, where that is given, not of the rows that are checked.
    """

    seed: int
    data_sha256: str
    parts: Mapping[str, Part]
    told_by: LabelledRows | None = None

    @cached_property
    def sha256(self) -> str:
        """The digest of the split, in hex."""
        return hashlib.sha256(self._to_json().encode()).hexdigest()

    def rows(self, data: Rows, *parts: Part) -> Rows:
        """Return the rows of some parts; raises BadTrainingData when there are none."""
        chosen = np.array([self.parts.get(row) in parts for row in data.ids], dtype=np.bool_)
        if not chosen.any():
            raise BadTrainingData(
                f"the split has no row of {' or '.join(parts)}: leave --split out, or give more films"
            )
        return data.rows(chosen)

    def places(self, data: LabelledRows) -> NDArray[np.int64]:
        """Return the place in PARTS of each row, of shape (n,)."""
        return np.array([PARTS.index(self.parts[row]) for row in data.ids], dtype=np.int64)

    def check(self, data: LabelledRows, *, allow_leaks: bool = False) -> str:
        """Return what stands in two parts of these data, in words: groups, files, near-duplicates; "" where nothing.

        Raises LeakingSplit where something does, unless that is allowed, and BadTrainingData when rows of the data are
        missing in the split.
        """
        missing = [row for row in data.ids if row not in self.parts]
        if missing:
            raise BadTrainingData(
                f"{len(missing)} of {len(data)} rows, {missing[0]!r} first, are not in the split: it was made for "
                "other data; leave --split out, or name a new file, to make one for these"
            )
        seen = self.told_by or data
        leaks = find_leaks(data, self.places(data), seen, self.places(seen))
        if leaks and not allow_leaks:
            raise LeakingSplit(
                f"{leaks} in more than one part of the split, {leaks.first!r} first: a model would be tested on "
                "films it has seen; leave --split out to have a split made that keeps them together, or train all the "
                "same with --allow-leaks: report, card and model then say so"
            )
        tested = [row for row in data.ids if self.parts[row] == "test"]
        n_leaking = len(leaks.rows.intersection(tested))
        return f"{leaks} in more than one part, {n_leaking:,} of {len(tested):,} test rows" if leaks else ""

    def save(self, path: Path) -> None:
        """Write the split as JSON, whole or not at all; raises OSError."""
        with whole_file(path) as part:
            part.write_text(self._to_json(), encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the split kept in a file; raises BadTrainingData for anything else."""
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise BadTrainingData(f"{path} is too large for a split")
            document = json.loads(path.read_text(encoding="ascii"))
            lists = document["parts"]
            parts = {row: part for part in PARTS for row in lists[part]}
            if not all(isinstance(row, str) for row in parts) or len(parts) != sum(len(lists[part]) for part in PARTS):
                raise BadTrainingData(f"{path} names a row twice")
            return cls(int(document["seed"]), str(document["data_sha256"]), parts)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
            raise BadTrainingData(f"{path} is not a split that `trailers train` wrote: {exc}") from exc

    def _to_json(self) -> str:
        lists = {part: sorted(row for row, its in self.parts.items() if its == part) for part in PARTS}
        document = {"seed": self.seed, "data_sha256": self.data_sha256, "parts": lists}
        return json.dumps(document, indent=0, sort_keys=True)


def make_split(
    data: LabelledRows, *, seed: int, shares: tuple[float, float, float] = SHARES, learnt: TrainingFilms | None = None
) -> Split:
    """Return a split in which groups, equal files and near-duplicates stay together and genres are spread evenly.

    It tests on groups that are not `learnt`, as far as there are any: a model that knows those can be compared there.
    """
    groups = join_groups(data)
    known = {joined for joined, group in zip(groups, data.groups, strict=True) if learnt and group in learnt}
    test = _choose_test(data.Y, groups, known, share=shares[2], seed=seed)
    return _split_rest(data, groups, test, shares=(*shares[:2], max(shares[2] - float(test.mean()), 0.0)), seed=seed)


def make_folds(data: LabelledRows, *, seed: int, n_folds: int) -> list[Split]:
    """Return splits that test each row once between them; what stays together and is spread evenly is as in a split.

    Of the rows that don't test, four fifths train and one fifth chooses.
    """
    groups = join_groups(data)
    folds = grouped_stratified_parts(data.Y, groups, shares=(1 / n_folds,) * n_folds, seed=seed)
    return [_split_rest(data, groups, folds == fold, shares=SHARES[:2], seed=seed) for fold in range(n_folds)]


def _split_rest(
    data: LabelledRows, groups: Sequence[str], test: NDArray[np.bool_], *, shares: Sequence[float], seed: int
) -> Split:
    """Return a split that tests on these rows and deals the others to the first parts by their shares."""
    parts = np.full(len(data), PARTS.index("test"))
    left = [joined for joined, chosen in zip(groups, test, strict=True) if not chosen]
    due = np.array(shares) / np.array(shares).sum()
    parts[~test] = grouped_stratified_parts(data.Y[~test], left, shares=due.tolist(), seed=seed)
    return Split(seed, data.sha256, {row: PARTS[part] for row, part in zip(data.ids, parts.tolist(), strict=True)})


def _choose_test(
    labels: NDArray[np.bool_], groups: Sequence[str], known: Container[str], *, share: float, seed: int
) -> NDArray[np.bool_]:
    """Return which rows test because their groups are not `known`: none where none is, as any row may test then."""
    new = np.array([group not in known for group in groups], dtype=np.bool_)
    if new.all():
        return np.zeros(len(groups), dtype=np.bool_)
    share_of_new = share / max(float(new.mean()), share)
    theirs = [group for group, its in zip(groups, new, strict=True) if its]
    if share_of_new < 1 and len(set(theirs)) > 1:
        dealt = grouped_stratified_parts(labels[new], theirs, shares=(1 - share_of_new, share_of_new), seed=seed)
        new[new] = dealt == 1
    return new

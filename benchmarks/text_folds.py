"""Texts in grouped folds: what each of some learners makes of the same rows, and their sums."""

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from classifier.arrays import Bools, Floats
from classifier.artefact import pack_arrays
from classifier.data.dataset import Dataset
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Head

FOLDS = "TRAILERS_BENCH_FOLDS"  # how many of the five are measured: fewer for a quick look
N_FOLDS = 5
TIMED = 200


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """A line of the table: `head` learns from `rows`; `tested` are the same films in the same order for all."""

    name: str
    rows: Dataset
    tested: Dataset
    head: Head


def print_folds(learners: Sequence[Learner], weights: Mapping[str, float]) -> None:
    """Print what each learner makes of tested rows, learnt from rows of other folds, and the joins of those weighed.

    A join is the sum of logits times the `weights`, by learner's name.
    """
    folds = range(int(os.environ.get(FOLDS, N_FOLDS)))
    print("\n| learnt from | rows a fold | macro AP | macro AUC | by fold | MB | ms a text |")
    print("|---|---|---|---|---|---|---|")
    found: dict[str, list[Floats]] = {}
    truth = [_in_fold(learners[0].tested, fold).Y for fold in folds]
    for learner in learners:
        found[learner.name] = []
        for fold in folds:
            train, test = learner.rows.rows(_fold_of(learner.rows) != fold), _in_fold(learner.tested, fold)
            head = learner.head.fit(train.X, train.Y, known=train.known)
            found[learner.name].append(head.logits(test.X))
        _print(learner.name, truth, found[learner.name], f"{len(train):,}", _megabytes(head), _milliseconds(head, test))
    for n in range(2, len(weights) + 1):
        for names in combinations(weights, n):
            if found.keys() >= set(names):
                _print(" and ".join(names), truth, [_join(found, weights, names, fold) for fold in folds])


def _join(found: Mapping[str, list[Floats]], weights: Mapping[str, float], names: Sequence[str], fold: int) -> Floats:
    return np.asarray(np.sum([weights[name] * found[name][fold] for name in names], axis=0))


def _fold_of(data: Dataset) -> NDArray[np.int64]:
    """Return the fold of each row, (n,): rows of one group are in one fold, whatever data set they are in."""
    digests = (hashlib.sha256(group.encode()).hexdigest() for group in data.groups)
    return np.array([int(digest[:8], 16) % N_FOLDS for digest in digests])


def _in_fold(data: Dataset, fold: int) -> Dataset:
    return data.rows(_fold_of(data) == fold)


def _megabytes(head: Head) -> str:
    return f"{len(pack_arrays(head.arrays())) / 1e6:.1f}"


def _milliseconds(head: Head, test: Dataset) -> str:
    some, start = test.rows(np.arange(len(test)) < TIMED).X, time.process_time()
    head.logits(some)
    return f"{(time.process_time() - start) / len(some) * 1e3:.2f}"


def _print(name: str, truth: Sequence[Bools], logits: Sequence[Floats], *more: str) -> None:
    pairs = list(zip(truth, logits, strict=True))
    each = [macro_ap(has, scores, known=np.ones_like(has)) for has, scores in pairs]
    auc = np.mean([roc_auc_score(has, scores) for has, scores in pairs])
    n, *others = more or ("", "", "")
    by_fold = " ".join(f"{figure:.3f}" for figure in each)
    print(f"| {name} | {n} | {np.mean(each):.3f} | {auc:.3f} | {by_fold} | {' | '.join(others)} |", flush=True)

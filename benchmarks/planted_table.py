"""Heads on planted tasks: how well each finds what is hidden in synthetic sequences, and the seconds of its fits."""

import time

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.planted import TASKS, shuffled
from classifier.heads.base import Examples, Head
from classifier.heads.kinds import KINDS, make_head
from classifier.heads.options import NeuralOptions

SEED = 0
# Small tasks need small networks: the usual options are for 2,048 features and thousands of trailers.
OPTIONS = NeuralOptions(
    hidden=32, epochs=40, patience=20, batch=32, learning_rate=3e-3, dropout=0.2, frame_dropout=0.0, seed=SEED
)


def print_planted() -> None:
    """Print a Markdown table of AUC on the test part by head and task, with the seconds of all fits."""
    tasks = {name: make(SEED) for name, make in TASKS.items()}
    print("\nMean AUC of three planted genres on synthetic test sequences; 0.5 is chance.\n")
    print(f"| head | {' | '.join(tasks)} | order, shuffled | s for all |")
    print("|---|" + "---|" * (len(tasks) + 2))
    for kind in KINDS:
        begun, cells = time.perf_counter(), []
        for name, task in tasks.items():
            head = make_head(kind, OPTIONS).fit(task.train.X, task.train.y, validation=task.validation)
            cells.append(mean_auc(head, task.test))
            if name == "order":
                without_order = mean_auc(head, shuffled(task.test))
        cells.append(without_order)
        figures = " | ".join(f"{figure:.3f}" for figure in cells)
        print(f"| {kind} | {figures} | {time.perf_counter() - begun:.0f} |", flush=True)


def mean_auc(head: Head, examples: Examples) -> float:
    """Return the mean area under the ROC curve over the genres."""
    logits = head.logits(examples.X)
    return float(np.mean([roc_auc_score(y, column) for y, column in zip(examples.y.T, logits.T, strict=True)]))

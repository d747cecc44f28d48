"""Heads on planted tasks: how well each finds what is hidden in synthetic sequences, and the seconds of its fits."""

import time

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.planted import TASKS, Task, mixed, shuffled
from classifier.arrays import Floats
from classifier.data.dataset import Dataset
from classifier.heads.base import SILENT, Examples, Head
from classifier.heads.kinds import FRAME_KINDS, make_head
from classifier.heads.options import USUAL, NeuralOptions
from classifier.training.candidates import FEW_SEQUENCES, SEQUENCES, HeadCandidate, average, fit_candidate
from classifier.training.kept_heads import KeptHeads
from classifier.verdict import EVIDENCE_S

SEED = 0
N_LOOKED_AT = 60
# Small tasks need small networks: the usual options are for 2,048 features and thousands of trailers.
OPTIONS = NeuralOptions(
    hidden=32, epochs=40, patience=20, batch=32, learning_rate=3e-3, dropout=0.2, frame_dropout=0.0, seed=SEED
)


def print_planted() -> None:
    """Print Markdown tables: of each head on each task, and of the heads that `trailers train` tries, on all in one."""
    tasks = {name: make(SEED) for name, make in TASKS.items()}
    print("\nMean AUC of three planted genres on synthetic test sequences; 0.5 is chance.\n")
    print(f"| head | {' | '.join(tasks)} | order, shuffled | rare: evidence hits of {N_LOOKED_AT} | s for all |")
    print("|---|" + "---|" * (len(tasks) + 3))
    for kind in FRAME_KINDS:
        begun, cells = time.perf_counter(), []
        for name, task in tasks.items():
            head = make_head(kind, OPTIONS).fit(task.train.X, task.train.y, validation=task.validation)
            cells.append(mean_auc(head, task.test))
            if name == "order":
                without_order = mean_auc(head, shuffled(task.test))
            if name == "rare":
                n_hits = count_hits(head, task)
        cells.append(without_order)
        figures = " | ".join(f"{figure:.3f}" for figure in cells)
        print(f"| {kind} | {figures} | {n_hits} | {time.perf_counter() - begun:.0f} |", flush=True)
    _print_usual()


def mean_auc(head: Head, examples: Examples) -> float:
    """Return the mean area under the ROC curve over the genres."""
    return float(np.mean(_aucs(head.logits(examples.X), examples)))


def count_hits(head: Head, task: Task) -> int:
    """Return how many of the first strongest stretches, of genres that were planted, hold a planted second."""
    planted = [(row, genre) for row, genre in np.argwhere(task.test.y).tolist() if len(task.telling[row, genre])]
    hits = []
    for row, genre in planted[:N_LOOKED_AT]:
        brought = head.timeline(task.test.X[row])[:, genre]
        first = int(np.lib.stride_tricks.sliding_window_view(brought, EVIDENCE_S).mean(axis=1).argmax())
        hits.append(np.isin(task.telling[row, genre], np.arange(first, first + EVIDENCE_S)).any())
    return int(np.sum(hits))


def _print_usual() -> None:
    """Print what the heads that are tried with few trailers and with many make of all patterns in one file."""
    task = mixed(SEED)
    fitting, validation = (_named(part) for part in (task.train, task.validation))
    print(
        f"\nAUC of planted genres, one of each pattern, in {len(fitting) + len(validation)} trailers; usual options.\n"
    )
    print("| heads | rare | order | adjacent | pace | mean | s |\n|---|---|---|---|---|---|---|")
    tried = {}
    for kind in dict.fromkeys((*FEW_SEQUENCES, *SEQUENCES)):
        tried[kind] = fit_candidate(kind, fitting, validation, options=USUAL, kept=KeptHeads(None), monitor=SILENT)
        _print_row(kind, tried[kind], task, seconds=tried[kind].score.seconds)
    for name, kinds in (("those for few", FEW_SEQUENCES), ("those for 500 and more", SEQUENCES)):
        among = [tried[kind] for kind in kinds]
        best = average(among, validation, seed=SEED, say=lambda line: None)
        best = best or max(among, key=lambda each: each.score.macro_ap)
        _print_row(f"**{name}**: {best.score.name}", best, task, seconds=sum(each.score.seconds for each in among))


def _print_row(name: str, candidate: HeadCandidate, task: Task, *, seconds: float) -> None:
    aucs = _aucs(candidate.head.logits(task.test.X), task.test)
    print(f"| {name} | {' | '.join(f'{auc:.3f}' for auc in (*aucs, np.mean(aucs)))} | {seconds:.0f} |", flush=True)


def _aucs(logits: Floats, examples: Examples) -> list[float]:
    return [float(roc_auc_score(y, column)) for y, column in zip(examples.y.T, logits.T, strict=True)]


def _named(examples: Examples) -> Dataset:
    names = tuple(f"row {row}" for row in range(len(examples.y)))
    return Dataset(
        X=examples.X,
        Y=examples.y,
        known=examples.known,
        genres=tuple(f"genre {column}" for column in range(examples.y.shape[1])),
        ids=names,
        groups=names,
        digests=("",) * len(names),
        features_id="synthetic",
    )

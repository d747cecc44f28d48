"""Posters alone: how well they tell genres, how much more posters would help, and what each kind of threshold gives.

The test posters are of the first collection (labels of at most three genres), so that the figures stand beside those
that others measured on it; posters of the second one, with all their labels, only train.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from benchmarks.real_data import LMTD9, SHARED, Row, poster_vectors, read_films
from classifier.data.dataset import Dataset
from classifier.data.split import Split, make_split
from classifier.data.splits import grouped_stratified_folds
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.evaluation.thresholds import Objective, choose_thresholds
from classifier.genres import known_genres, read_genres
from classifier.heads.base import Head, Monitor
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged
from classifier.training.candidates import fit_candidate, refit
from classifier.training.kept_heads import KeptHeads
from classifier.verdict import sigmoid

SIX = ("Action", "Comedy", "Drama", "Horror", "Romance", "Sci-Fi")
SEED = 0
HEAD = "logistic_mean"
CURVE = (0.1, 0.25, 0.5, 1.0)
FIRST = "first/"


def main() -> None:
    """Print the tables."""
    if not SHARED.is_dir():
        print("posters: needs the real data (../shared/data), which is not on this machine")
        return
    everything = label_posters(poster_vectors())
    _print_nine(everything.with_genres(LMTD9))
    _print_six(everything.with_genres(SIX))


def label_posters(vectors: Mapping[str, NDArray[np.float32]]) -> Dataset:
    """Return the posters of both collections by their vectors; an id begins with that of its collection."""
    found: list[tuple[str, NDArray[np.float32], Row, str, str]] = []
    for row in read_films():
        if row["poster_imdb7k"] in vectors and row["genres_imdb_top3"]:
            found.append((FIRST, vectors[row["poster_imdb7k"]], row, row["genres_imdb_top3"], "imdb"))
        elif row["poster_hetrec5k"] in vectors and (row["genres_imdb"] or row["genres_movielens"]):
            source = "imdb" if row["genres_imdb"] else "movielens"
            found.append(("second/", vectors[row["poster_hetrec5k"]], row, row[f"genres_{source}"], source))
    genres = tuple(sorted({*LMTD9, *SIX}))
    named = [read_genres(text.split("|"), source).genres for _, _, _, text, source in found]
    known = np.array([[genre in known_genres(source) for genre in genres] for *_, source in found])
    return Dataset(
        X=Ragged.of([vector for _, vector, *_ in found]),
        Y=np.array([[genre in has for genre in genres] for has in named]) & known,
        known=known,
        genres=genres,
        ids=tuple(f"{collection}{row['imdb_id']}" for collection, _, row, *_ in found),
        groups=tuple(row["collection"] or row["title"] or row["imdb_id"] for _, _, row, *_ in found),
        digests=("",) * len(found),
        features_id="posters",
        modality="poster",
    )


def _print_nine(data: Dataset) -> None:
    split = make_split(data, seed=SEED)
    test = of_first(split.rows(data, "test"))
    print(f"\n**nine genres**, {len(test):,} posters of the first collection to test\n")
    print("| learning from | posters | macro AP | 95 % | macro AUC |\n|---|---|---|---|---|", flush=True)
    for share in CURVE:
        part = _some(data, split, share)
        _print_line(f"{share:.0%} of the first collection's", data, part, test)
    _print_line("both collections'", data, split, test)
    print("| always the genres' shares | | " + f"{prior_of(test).macro_ap:.3f} | | .500 |")
    folds = [_fold(data, number) for number in range(5)]
    figures = np.array([[found.macro_ap, found.macro_auc] for found in folds])
    print(
        f"\nfive folds, both collections, each fifth of the first one tested once: macro AP "
        f"{', '.join(f'{value:.3f}' for value in figures[:, 0])}, mean {figures[:, 0].mean():.3f}; macro AUC "
        f"{', '.join(f'{value:.3f}' for value in figures[:, 1])}, mean {figures[:, 1].mean():.3f}",
        flush=True,
    )


def _print_line(name: str, data: Dataset, split: Split, test: Dataset) -> None:
    head, _ = fit_head(data, split)
    judged = ScoredRows.of(test.Y, sigmoid(head.logits(test.X)), known=test.known)
    found = evaluate(test.Y, judged.scores, genres=test.genres, known=test.known)
    sure = intervals(judged, groups=test.groups, figures=("macro_ap",))["macro_ap"]
    n = len(split.rows(data, "train", "validation"))
    print(f"| {name} | {n:,} | {found.macro_ap:.3f} | {sure.low:.3f} to {sure.high:.3f} | {found.macro_auc:.3f} |")


def _print_six(data: Dataset) -> None:
    split = make_split(data, seed=SEED)
    test, validation = of_first(split.rows(data, "test")), of_first(split.rows(data, "validation"))
    head, before = fit_head(data, split)
    logits = before.logits(validation.X)
    calibration = fit_calibration(logits, validation.Y, known=validation.known, groups=validation.groups)
    seen, scores = (sigmoid(calibration.apply(each)) for each in (logits, head.logits(test.X)))
    whole = evaluate(test.Y, scores, genres=test.genres, known=test.known)
    print(f"\n**six genres**, {len(test):,} test posters: macro AUC {whole.macro_auc:.3f}, AP {whole.macro_ap:.3f}")
    for objective in get_args(Objective):
        cuts = choose_thresholds(seen, validation.Y, known=validation.known, objective=objective)
        _print_thresholds(objective, cuts, scores, test)


def _print_thresholds(objective: str, cuts: NDArray[np.float64], scores: NDArray[np.float64], test: Dataset) -> None:
    found = evaluate(test.Y, scores, genres=test.genres, thresholds=cuts, known=test.known)
    right = (scores >= cuts) == test.Y
    print(f"\nthresholds for {objective}, chosen on the validation part\n")
    print("| genre | share | threshold | accuracy | always no | F1 | precision | recall | AUC |\n|---|" + "---|" * 8)
    for place, row in enumerate(found.genres):
        print(
            f"| {row.genre} | {row.prevalence:.3f} | {cuts[place]:.2f} | {right[:, place].mean():.3f} | "
            f"{1 - row.prevalence:.3f} | {row.f1:.3f} | {row.precision:.3f} | {row.recall:.3f} | {row.auc:.3f} |"
        )
    accuracy, always_no = right.mean(), 1 - test.Y.mean()
    print(f"| mean | | | {accuracy:.3f} | {always_no:.3f} | {found.macro_f1:.3f} | | | {found.macro_auc:.3f} |")


def fit_head(data: Dataset, split: Split) -> tuple[Head, Head]:
    """Return the head fitted on train and validation part, and the one before it, fitted on the first alone."""
    fitting, validation = split.rows(data, "train"), split.rows(data, "validation")
    found = fit_candidate(
        HEAD, fitting, validation, options=NeuralOptions(seed=SEED), kept=KeptHeads(None), monitor=Monitor()
    )
    both = split.rows(data, "train", "validation")
    return refit(found.head, both, kept=KeptHeads(None), monitor=lambda name: Monitor()), found.head


def _fold(data: Dataset, number: int) -> Evaluation:
    """Return the figures on one fifth of the groups, learnt from the others; four fifths choose as `_fit` does."""
    folds = grouped_stratified_folds(data.Y, data.groups, n_folds=5, seed=SEED)
    rest = data.rows(folds != number)
    inner = grouped_stratified_folds(rest.Y, rest.groups, n_folds=5, seed=SEED)
    parts = dict.fromkeys(data.ids, "test") | {
        row: "validation" if fold == 0 else "train" for row, fold in zip(rest.ids, inner.tolist(), strict=True)
    }
    head, _ = fit_head(data, Split(SEED, data.sha256, parts))  # type: ignore[arg-type]
    test = of_first(data.rows(folds == number))
    return evaluate(test.Y, sigmoid(head.logits(test.X)), genres=test.genres, known=test.known)


def _some(data: Dataset, split: Split, share: float) -> Split:
    """Return the split with only this share of the first collection's rows left to learn from."""
    random = np.random.default_rng(SEED)
    kept = {
        row for row in data.ids if split.parts[row] == "test" or (random.random() < share and row.startswith(FIRST))
    }
    return replace(split, parts={row: part for row, part in split.parts.items() if row in kept})


def of_first(data: Dataset) -> Dataset:
    return data.rows(np.array([row.startswith(FIRST) for row in data.ids]))


def prior_of(test: Dataset) -> Evaluation:
    scores = np.tile(test.priors, (len(test), 1))
    return evaluate(test.Y, scores, genres=test.genres, known=test.known)


if __name__ == "__main__":
    main()

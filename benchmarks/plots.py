"""Plots: how well words tell genres, what a split that parts films flatters, and seconds a text.

TRAILERS_BENCH_TASKS=plots,folds,leak,speed chooses some tables.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.heads_table import measure, print_lines
from benchmarks.leak import CAPTIONS, GENRES, Captions, read_captions
from benchmarks.real_data import LMTD9, SHARED, Row, read_films
from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile
from classifier.data.split import PARTS, Split, make_split
from classifier.data.splits import grouped_stratified_folds
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.thresholds import choose_thresholds
from classifier.heads.base import Examples, Head, Monitor
from classifier.heads.options import NeuralOptions
from classifier.heads.tfidf import TfIdf
from classifier.ragged import Ragged
from classifier.title_stem import title_stem
from classifier.training.candidates import fit_candidate
from classifier.training.kept_heads import KeptHeads
from classifier.verdict import sigmoid
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, Plot, read_plot

SEED = 0
N_FOLDS = 5
N_TIMED = 100
SOURCES = (("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_movielens", "movielens"))


@dataclass(frozen=True, slots=True)
class Answers:
    """How whole answers did: the mean F1 of rows, over genres, of all answers at once, and the share of exact rows."""

    samples: float
    macro: float
    micro: float
    exact: float


def main() -> None:
    """Print the tables."""
    tasks: Mapping[str, Callable[[], None]] = {
        "plots": _print_heads,
        "folds": _print_folds,
        "leak": print_leak,
        "speed": _print_speed,
    }
    for name in os.environ.get("TRAILERS_BENCH_TASKS", ",".join(tasks)).split(","):
        if not SHARED.is_dir():
            print(f"{name}: needs the real data (../shared/data), which is not on this machine")
            continue
        print(f"\n## {name}", flush=True)
        tasks[name]()


def overviews() -> Dataset:
    """Return TMDB's overviews of the films with full IMDb labels, of nine genres at least one."""
    films = [row for row in read_films() if row["plot_source"] == "tmdb" and row["genres_imdb"]]
    return _dataset([row for row in films if set(row["genres_imdb"].split("|")) & set(LMTD9)])


def all_plots() -> Dataset:
    """Return every plot with labels of any source: IMDb's, else TMDB's, else MovieLens', where not known masked."""
    return _dataset([row for row in read_films() if row["plot"] and any(row[column] for column, _ in SOURCES)])


def _dataset(rows: Sequence[Row]) -> Dataset:
    """Return the words of plots with nine genres, grouped by franchise, else by title; of equal plots the first."""
    labels: dict[str, LabelledFile] = {}
    plots: dict[str, Plot] = {}
    for row in rows:
        try:
            plot = read_plot(row["plot"])
        except BadPlot:
            continue
        column, source = next(pair for pair in SOURCES if row[pair[0]])
        group = title_stem(row["collection"]) or title_stem(row["title"]) or row["imdb_id"]
        plots.setdefault(plot.digest, plot)
        labels.setdefault(plot.digest, LabelledFile(0, row["imdb_id"], tuple(row[column].split("|")), source, group))
    genres, Y, known = labelled_genres(list(labels.values()))
    data = Dataset(
        X=Ragged.of([plot.vectors for plot in plots.values()]),
        Y=Y,
        known=known,
        genres=genres,
        ids=tuple(label.file for label in labels.values()),
        groups=tuple(label.group for label in labels.values()),
        digests=tuple(plots),
        features_id=WORDS_ID,
        modality="plot",
    )
    return data.with_genres(LMTD9)


def _print_heads() -> None:
    """Print heads on the overviews alone, and TF-IDF with every other plot to learn from, on one test part."""
    data = overviews()
    split = make_split(data, seed=SEED)
    lines = measure(data, split, heads=("tfidf", "lstm"))
    print_lines(f"{len(data):,} TMDB overviews with IMDb's labels", lines)
    print_answers({line.head: line.evaluation for line in lines})
    more = all_plots()
    wider = widen(split, data, more)
    lines = measure(more, wider, heads=("tfidf",))  # a quarter of an hour for the other
    n_train = sum(part != "test" for part in wider.parts.values())
    print_lines(f"the same test part, {n_train:,} plots of all sources to learn from and to choose by", lines)
    print_answers({line.head: line.evaluation for line in lines})


def widen(split: Split, data: Dataset, more: Dataset) -> Split:
    """Return the split with other plots in `train`, without those whose film, franchise or words are held out."""
    part_of: dict[str, str] = {}
    for place, row in enumerate(data.ids):
        for name in (data.groups[place], data.digests[place]):
            part_of[name] = split.parts[row]
    parts = {}
    for place, row in enumerate(more.ids):
        held = {part_of.get(more.groups[place]), part_of.get(more.digests[place])} - {None, "train"}
        if row in split.parts:
            parts[row] = split.parts[row]
        elif not held:
            parts[row] = PARTS[0]
    return Split(split.seed, more.sha256, parts)


def print_answers(evaluations: Mapping[str, Evaluation]) -> None:
    """Print what whole answers are worth as a Markdown table."""
    names = ("samples_f1", "micro_f1", "macro_f1", "exact_match")
    print("\n| head | F1 samples | F1 micro | F1 macro | exact match |\n|---|---|---|---|---|")
    for head, evaluation in evaluations.items():
        print(f"| {head} | {' | '.join(f'{evaluation.figures[name]:.3f}' for name in names)} |", flush=True)


def _print_folds() -> None:
    """Print how much the figure hangs on which films are held out: every film once, in five folds."""
    data = overviews()
    more = all_plots()
    print("\n| learning from | macro AP of the folds | mean | standard deviation |\n|---|---|---|---|")
    for name, others in ((f"{len(data):,} overviews", data), (f"all {len(more):,} plots", more)):
        found = _fold_figures(data, others)
        print(f"| {name} | {', '.join(f'{ap:.3f}' for ap in found)} | {np.mean(found):.3f} | {np.std(found):.3f} |")


def _fold_figures(data: Dataset, others: Dataset) -> list[float]:
    """Return TF-IDF's macro AP on each fifth of `data`, learnt from all of `others` that is of no film in it."""
    folds = grouped_stratified_folds(data.Y, data.groups, n_folds=N_FOLDS, seed=SEED)
    figures = []
    for fold in range(N_FOLDS):
        held = data.rows(folds == fold)
        groups, digests = set(held.groups), set(held.digests)
        pairs = zip(others.groups, others.digests, strict=True)
        free = others.rows(np.array([group not in groups and digest not in digests for group, digest in pairs]))
        head = TfIdf().fit(free.X, free.Y, known=free.known)
        figures.append(macro_ap(held.Y, head.logits(held.X), known=held.known))
    return figures


def print_leak() -> None:
    """Print what descriptions of one film on both sides of a split do to the figures people quote."""
    captions = read_captions(CAPTIONS)
    n_films = len(set(captions.films))
    print(f"\n**{len(captions.texts):,} descriptions of clips of {n_films:,} films**, nine genres, one fifth to test\n")
    print("| split | model | F1 samples | F1 micro | F1 macro | exact match |\n|---|---|---|---|---|---|")
    for split, test in _leaking_splits(captions).items():
        for model, answers in judge_split(captions, test=test).items():
            figures = (answers.samples, answers.micro, answers.macro, answers.exact)
            print(f"| {split} | {model} | {' | '.join(f'{figure:.3f}' for figure in figures)} |", flush=True)


def _leaking_splits(captions: Captions) -> dict[str, NDArray[np.bool_]]:
    at_random = np.random.default_rng(SEED).permutation(len(captions.texts)) % N_FOLDS == 0
    by_film = grouped_stratified_folds(captions.labels, captions.films, n_folds=N_FOLDS, seed=SEED) == 0
    return {"at random": at_random, "by film": by_film}


def judge_split(captions: Captions, *, test: NDArray[np.bool_]) -> dict[str, Answers]:
    """Return how models that learn from the rows outside `test` answer in it.

    Two that learn by heart (the labels of the most similar description; logistic regression with hardly a penalty),
    ours, whose thresholds are best on a fifth of its own rows, and always the prior's three commonest genres.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels = np.array(captions.texts, dtype=object), captions.labels
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit(texts[~test])
    seen, unseen = words.transform(texts[~test]), words.transform(texts[test])  # sparse, (descriptions, terms)
    nearest = np.concatenate(
        [(unseen[at : at + 500] @ seen.T).toarray().argmax(axis=1) for at in range(0, unseen.shape[0], 500)]
    )
    loose = [
        LogisticRegression(C=1000, solver="liblinear").fit(seen, column).predict(unseen) for column in labels[~test].T
    ]
    top3 = np.zeros_like(labels[test])
    top3[:, np.argsort(-labels[~test].mean(axis=0))[:3]] = True
    return {
        "the most similar description": _answers(labels[test], labels[~test][nearest]),
        "TF-IDF, hardly a penalty": _answers(labels[test], np.stack(loose, axis=1)),
        "tfidf": _answers(labels[test], _tfidf_answers(captions, test=test)),
        "prior top-3": _answers(labels[test], top3),
    }


def _tfidf_answers(captions: Captions, *, test: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the answers of TfIdf at thresholds chosen on a fifth of the rows to learn from, taken at random."""
    X = Ragged.of([_words(text) for text in captions.texts])
    inner = np.random.default_rng(SEED + 1).permutation(len(test)) % N_FOLDS == 0
    parts = [np.flatnonzero(~test & ~inner), np.flatnonzero(~test & inner), np.flatnonzero(test)]
    fitting, choosing, testing = (
        Examples(X.take(rows), captions.labels[rows], captions.labels[rows] | True) for rows in parts
    )
    head = TfIdf().fit(fitting.X, fitting.y, validation=choosing)
    cuts = choose_thresholds(sigmoid(head.logits(choosing.X)), choosing.y)
    return np.asarray(sigmoid(head.logits(testing.X)) >= cuts)


def _words(text: str) -> NDArray[np.float32]:
    try:
        return read_plot(text).vectors
    except BadPlot:
        return np.zeros((1, 1), dtype=np.float32)


def _answers(labels: NDArray[np.bool_], answers: NDArray[np.generic]) -> Answers:
    figures = evaluate(labels, answers.astype(np.float64), genres=GENRES, thresholds=np.full(len(GENRES), 0.5)).figures
    return Answers(figures["samples_f1"], figures["macro_f1"], figures["micro_f1"], figures["exact_match"])


def _print_speed() -> None:
    """Print milliseconds a text, from text to answer, once a head is fitted."""
    data = overviews()
    texts = [row["plot"] for row in read_films() if row["plot_source"] == "tmdb"][:N_TIMED]
    print("\n| head | ms a text, verdict | ms a text, verdict and words | most |\n|---|---|---|---|")
    for kind in ("tfidf", "lstm"):
        options = NeuralOptions(epochs=1)
        found = fit_candidate(kind, data, data, options=options, kept=KeptHeads(None), monitor=Monitor())
        seconds = np.array([_time(found.head, text) for text in texts[1:]]) * 1000  # the first has all to load
        verdict, both = seconds[:, 0], seconds.sum(axis=1)
        print(f"| {kind} | {verdict.mean():.2f} | {both.mean():.2f} | {both.max():.1f} |")


def _time(head: Head, text: str) -> tuple[float, float]:
    begun = time.perf_counter()
    vectors = read_plot(text).vectors
    head.logits(Ragged.of([vectors]))
    judged = time.perf_counter()
    head.contributions(vectors)
    return judged - begun, time.perf_counter() - judged


if __name__ == "__main__":
    main()

"""Audits: how well wrong tags are found that were planted in real ones, by several scores side by side.

In one film of twenty a tag is taken away or one is added, thirty times over. The scores come from models that have not
learnt from these films: of plots in five grouped folds, of trailers and clips by the starter that ships.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks import audit_peers, plots
from benchmarks.real_data import SHARED, read_films, read_trailers
from classifier.arrays import Bools, Floats
from classifier.evaluation.audit import WRONG_SHARE, find_doubts
from classifier.evaluation.calibration import deal_folds, fit_calibration
from classifier.evaluation.thresholds import choose_thresholds
from classifier.genres import VOCABULARIES
from classifier.heads.tfidf import TfIdf
from classifier.model import GenreModel
from classifier.shipped import shipped_models
from classifier.verdict import sigmoid
from classifier.view import View
from extractor.networks.starter import Starter, starter_weights
from extractor.video.extraction import extract_features

GENRES = tuple(VOCABULARIES["movienet"])  # the 21 of IMDb's that feature films have
N_PLANTINGS = 30
BANDS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
Score = Callable[["Films"], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Films:
    """Tags, scores and thresholds of films, (n, genres), each film of a group: all tags are known."""

    tags: Bools
    scores: Floats
    thresholds: Floats
    groups: Sequence[str]


def main() -> None:
    """Print precision and average precision of each score on plots and trailers."""
    if not SHARED.is_dir():
        print("audit: needs the real data (../shared/data), which is not on this machine")
        return
    films = score_plots()
    _print_scores("plots", films)
    _print_reliability(films)
    for size in (100, 300, 1000):
        _print_scores(f"plots, {size:,} of them", films, size=size)
    _print_scores("trailers and clips, the starter's scores", score_trailers())


def score_plots() -> Films:
    """Return the plots with IMDb's genres, scored and calibrated in five folds that keep a franchise together."""
    data = plots.all_plots(genres=GENRES)
    folds = deal_folds(data.groups, len(data), seed=0)
    logits = np.zeros(data.Y.shape)
    for fold in range(folds.max() + 1):
        seen, unseen = data.rows(folds != fold), data.rows(folds == fold)
        head = TfIdf(sizes=TfIdf.SIZES[-1:], penalties=TfIdf.USUAL[1:]).fit(seen.X, seen.Y, known=seen.known)
        logits[folds == fold] = head.logits(unseen.X)
    scores = np.zeros_like(logits)
    for fold in range(folds.max() + 1):
        others = folds != fold
        calibration = fit_calibration(logits[others], data.Y[others], known=data.known[others])
        scores[~others] = sigmoid(calibration.apply(logits[~others]))
    full = {row["imdb_id"] for row in read_films() if row["genres_imdb"]}
    kept = np.array([row in full for row in data.ids])
    groups = [group for group, its in zip(data.groups, kept, strict=True) if its]
    return Films(data.Y[kept], scores[kept], choose_thresholds(scores[kept], data.Y[kept]), groups)


def score_trailers() -> Films:
    """Return the trailers and clips with IMDb's full genres, scored from their frames by the starter."""
    backbone = Starter(starter_weights())
    model = GenreModel.load(shipped_models(backbone.features_id)["poster+plot"])
    rows = [
        row for row in read_trailers() if "imdb" in row["genres_source"].lower() and "top3" not in row["genres_source"]
    ]
    scores = np.zeros((len(rows), len(GENRES)))
    thresholds = np.zeros(len(GENRES))
    for place, row in enumerate(rows):
        features = extract_features(SHARED / "trailers" / row["file"], backbone)
        found = model.predict({"trailer": View(features.vectors[features.usable], features.features_id)})
        by_genre = {each.genre: each for each in found.genres}
        scores[place] = [by_genre[genre].score for genre in GENRES]
        thresholds = np.array([by_genre[genre].threshold for genre in GENRES])
    tags = np.array([[genre in row["genres"].split("|") for genre in GENRES] for row in rows])
    return Films(tags, scores, thresholds, [row["group"] for row in rows])


def plant(tags: Bools, rng: np.random.Generator) -> tuple[Bools, Bools]:
    """Return tags with a wrong one, or one missing, in one film of twenty, and in which, of shape (n,)."""
    planted, wrong = tags.copy(), np.zeros(len(tags), dtype=bool)
    for row in rng.choice(len(tags), max(round(WRONG_SHARE * len(tags)), 2), replace=False):
        wrong[row] = True
        takes = tags[row].sum() > 1 and rng.random() < 0.5
        planted[row, rng.choice(np.flatnonzero(tags[row] == takes))] = not takes
    return planted, wrong


def _find(films: Films) -> Floats:
    return find_doubts(films.tags, films.scores, known=np.ones_like(films.tags), groups=films.groups).titles


SCORES: Mapping[str, Score] = {
    "`trailers audit`": _find,
    "the same without the other tags": lambda films: audit_peers.bayes(films.tags, films.scores),
    "the worst genre (`disagreement`)": lambda films: audit_peers.worst(films.tags, films.scores, films.thresholds),
    "1 - prod(1 - p)": lambda films: audit_peers.any_wrong(films.tags, films.scores),
    "confident learning": lambda films: audit_peers.confident(films.tags, films.scores),
    "confident learning, worst flagged": lambda films: audit_peers.flagged(films.tags, films.scores),
    "self-confidence, moving average": lambda films: audit_peers.moving_average(films.tags, films.scores),
    "lift over the genre's share": lambda films: audit_peers.lift(films.tags, films.scores),
}


def _plantings(films: Films, *, size: int | None) -> list[tuple[Films, Bools]]:
    """Return the films, or `size` of them drawn anew each time, with planted tags, and in which."""
    found = []
    for seed in range(N_PLANTINGS):
        rng = np.random.default_rng(seed)
        rows = rng.permutation(len(films.tags))[:size]
        tags, wrong = plant(films.tags[rows], rng)
        groups = [films.groups[row] for row in rows]
        found.append((Films(tags, films.scores[rows], films.thresholds, groups), wrong))
    return found


def _print_scores(title: str, films: Films, *, size: int | None = None) -> None:
    plantings = _plantings(films, size=size)
    n_wrong = plantings[0][1].sum()
    print(f"\n**{title}**: {len(plantings[0][1]):,} films, {n_wrong} with a planted mistake\n")
    print(f"| score | precision at {n_wrong} | +- | average precision |\n|---|---|---|---|")
    for name, score in SCORES.items():
        figures = np.array([_measure(score(planted), wrong) for planted, wrong in plantings])
        mean, error = figures.mean(axis=0), figures.std(axis=0)[0] / np.sqrt(len(figures))
        print(f"| {name} | {mean[0]:.3f} | {error:.3f} | {mean[1]:.3f} |", flush=True)


def _measure(doubts: Floats, wrong: Bools) -> tuple[float, float]:
    first = np.argsort(-doubts, kind="stable")[: wrong.sum()]
    return float(wrong[first].mean()), float(average_precision_score(wrong, doubts))


def _print_reliability(films: Films) -> None:
    """Print the share of films with a planted mistake in each band of probability; all others are as IMDb has them."""
    found = [(_find(planted), wrong) for planted, wrong in _plantings(films, size=None)]
    doubts, wrong = (np.concatenate(parts) for parts in zip(*found, strict=True))
    print("\n| probability | films | mean | planted |\n|---|---|---|---|")
    for low, high in itertools.pairwise(BANDS):
        at = (doubts >= low) & (doubts < high)
        figures = f"{at.sum() // N_PLANTINGS:,} | {doubts[at].mean():.3f} | {wrong[at].mean():.3f}"
        print(f"| {low:.2f} to {high:.2f} | {figures} |")


if __name__ == "__main__":
    main()

"""How much a random split flatters: captions of film clips, split at random and by film, judged by one plain model.

Clips of one film share names and things ("Shazam"), so a model that has seen some of them knows the others.
"""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.data.splits import grouped_stratified_folds
from classifier.evaluation.evaluation import evaluate
from classifier.verdict import sigmoid

CAPTIONS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "films" / "captions.csv"
GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller")
N_FOLDS = 5
PENALTY = 30.0  # scikit-learn's C; macro AP for 1, 10, 30, 50: .687, .762, .763, .760 at random, .480 to .431 by film


@dataclass(frozen=True, slots=True)
class Captions:
    """Texts, `labels` of shape (n, 9), and the film of each."""

    texts: tuple[str, ...]
    labels: NDArray[np.bool_]
    films: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """The macro average precision of the same model on one fifth of the clips, split in two ways."""

    random: float
    grouped: float


def main() -> None:
    """Print both figures, or why they can't be had."""
    if not CAPTIONS.is_file():
        print(f"leak: not measured: the captions ({CAPTIONS}) are not on this machine")
        return
    begun = time.perf_counter()
    captions = read_captions(CAPTIONS)
    found = measure(captions)
    print(f"leak: {len(captions.texts):,} captions of clips of {len(set(captions.films)):,} films, nine genres;")
    print("macro AP of TF-IDF and logistic regression on one fifth, trained on the rest")
    print(f"{'split at random':<20}{found.random:>8.3f}\n{'split by film':<20}{found.grouped:>8.3f}")
    print(f"{'always the prior':<20}{captions.labels.mean():>8.3f}")
    print(f"{time.perf_counter() - begun:.0f} s\n")


def read_captions(path: Path) -> Captions:
    """Return the captions of a CSV file with the columns caption, genres_imdb ("|" between) and imdb_id."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = [set(row["genres_imdb"].split("|")) for row in rows]
    return Captions(
        texts=tuple(row["caption"] for row in rows),
        labels=np.array([[genre in genres for genre in GENRES] for genres in named]),
        films=tuple(row["imdb_id"] for row in rows),
    )


def measure(captions: Captions, *, seed: int = 0) -> Leak:
    """Return the figures of all captions, split at random and by film; takes a few seconds."""
    at_random = np.random.default_rng(seed).permutation(len(captions.texts)) % N_FOLDS == 0
    by_film = grouped_stratified_folds(captions.labels, captions.films, n_folds=N_FOLDS, seed=seed) == 0
    return Leak(random=_macro_ap(captions, test=at_random), grouped=_macro_ap(captions, test=by_film))


def _macro_ap(captions: Captions, *, test: NDArray[np.bool_]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = np.array(captions.texts, dtype=object)
    words = TfidfVectorizer(sublinear_tf=True).fit(texts[~test])
    seen, unseen = words.transform(texts[~test]), words.transform(texts[test])  # sparse, (clips, words)
    logits = [
        LogisticRegression(C=PENALTY, solver="liblinear").fit(seen, column[~test]).decision_function(unseen)
        for column in captions.labels.T
    ]
    return evaluate(captions.labels[test], sigmoid(np.stack(logits, axis=1)), genres=GENRES).macro_ap


if __name__ == "__main__":
    main()

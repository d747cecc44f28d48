"""Honest figures for a model: ranking and decision measures per genre, beside answers that know nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from classifier.errors import BadTrainingData

DEFAULT_THRESHOLD = 0.5
N_NAMED = 3  # how many genres the constant baseline names


@dataclass(frozen=True, slots=True)
class GenreEvaluation:
    """One genre: how many rows truly have it, and how well it was found."""

    genre: str
    support: int
    prevalence: float
    average_precision: float
    auc: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one model on `n_rows` rows, all between 0 and 1.

    Macro figures are means over `genres`, micro figures pool all decisions. `left_out` are the genres that
    every row or no row has, on which nothing can be measured. hit@k is the share of rows with a true genre
    among the k highest scores; rows without any genre are not counted in it.
    """

    n_rows: int
    macro_ap: float
    micro_ap: float
    macro_auc: float
    micro_auc: float
    hit_at_1: float
    hit_at_3: float
    macro_f1: float
    micro_f1: float
    genres: tuple[GenreEvaluation, ...]
    left_out: tuple[str, ...]

    @property
    def n_genres(self) -> int:
        """How many genres were counted."""
        return len(self.genres)

    def metrics(self) -> dict[str, float]:
        """Return the eight figures by name, as a model's manifest keeps them."""
        return {name: float(getattr(self, name)) for name in METRICS}


METRICS = ("macro_ap", "micro_ap", "macro_auc", "micro_auc", "hit_at_1", "hit_at_3", "macro_f1", "micro_f1")


def evaluate(
    labels: NDArray[np.bool_],
    scores: NDArray[np.float64],
    *,
    genres: Sequence[str],
    thresholds: Sequence[float] | None = None,
) -> Evaluation:
    """Return the figures for `scores` against the true `labels`, both of shape (n, genres).

    A genre is answered where score >= threshold (0.5 where no thresholds are given). Average precision and
    AUC are scikit-learn's. Raises BadTrainingData when shapes disagree, a score is not finite, or no genre
    is left.
    """
    cuts = np.full(len(genres), DEFAULT_THRESHOLD) if thresholds is None else np.asarray(thresholds)
    _check(labels, scores, n_genres=len(genres), n_thresholds=len(cuts))
    support = labels.sum(axis=0)
    counted = (support > 0) & (support < len(labels))
    if not counted.any():
        raise BadTrainingData("no genre has both rows that have it and rows that lack it: give more labels")
    truth, kept = labels[:, counted], scores[:, counted]
    answers = kept >= cuts[counted]
    rows = _per_genre(truth, kept, answers=answers, genres=_pick(genres, counted))
    return Evaluation(
        n_rows=len(labels),
        macro_ap=_mean([row.average_precision for row in rows]),
        micro_ap=float(average_precision_score(truth.ravel(), kept.ravel())),
        macro_auc=_mean([row.auc for row in rows]),
        micro_auc=float(roc_auc_score(truth.ravel(), kept.ravel())),
        hit_at_1=_hit_at(truth, kept, k=1),
        hit_at_3=_hit_at(truth, kept, k=3),
        macro_f1=_mean([row.f1 for row in rows]),
        micro_f1=_f1(truth.ravel(), answers.ravel()),
        genres=rows,
        left_out=_pick(genres, ~counted),
    )


def baselines(
    train_labels: NDArray[np.bool_],
    test_labels: NDArray[np.bool_],
    *,
    genres: Sequence[str],
    seed: int = 0,
) -> dict[str, Evaluation]:
    """Return the figures on `test_labels` of three answers that look at nothing.

    "prior" scores each genre with its share in training and always names the three commonest; "random" draws
    uniform scores by `seed`; "nothing" never names a genre, so its F1 and hits are 0.
    """
    shares = train_labels.mean(axis=0)  # (genres,)
    lowest_named = float(np.sort(shares)[-min(N_NAMED, len(shares))])
    constant = np.tile(shares, (len(test_labels), 1))
    uniform = np.random.default_rng(seed).random(test_labels.shape)
    silent = evaluate(test_labels, np.zeros(test_labels.shape), genres=genres)
    return {
        "prior": evaluate(test_labels, constant, genres=genres, thresholds=[lowest_named] * len(shares)),
        "random": evaluate(test_labels, uniform, genres=genres),
        "nothing": replace(silent, hit_at_1=0.0, hit_at_3=0.0),  # with no scores there is no first place
    }


def format_report(model: Evaluation, beside: Mapping[str, Evaluation]) -> str:
    """Return a plain-text table of the model beside the baselines, then one line a genre."""
    titles = [name.replace("_at_", "@").replace("_", " ") for name in METRICS]
    lines = [f"{'':<10}" + "".join(f"{title:>11}" for title in titles)]
    lines += [_summary(name, row) for name, row in {"model": model, **beside}.items()]
    lines += ["", f"{model.n_genres} genres on {model.n_rows:,} rows the model has never seen"]
    if model.left_out:
        lines.append(f"not measurable on these rows: {', '.join(model.left_out)}")
    lines += ["", f"{'genre':<18}{'rows':>7}{'share':>8}{'AP':>8}{'AUC':>8}{'F1':>8}"]
    lines += [_detail(row) for row in sorted(model.genres, key=lambda row: (-row.support, row.genre))]
    return "\n".join(lines) + "\n"


def _summary(name: str, row: Evaluation) -> str:
    return f"{name:<10}" + "".join(f"{value:>11.3f}" for value in row.metrics().values())


def _detail(row: GenreEvaluation) -> str:
    figures = (row.prevalence, row.average_precision, row.auc, row.f1)
    return f"{row.genre:<18}{row.support:>7,}" + "".join(f"{value:>8.3f}" for value in figures)


def _check(labels: NDArray[np.bool_], scores: NDArray[np.float64], *, n_genres: int, n_thresholds: int) -> None:
    if labels.shape != scores.shape or labels.ndim != 2 or labels.shape[1] != n_genres:
        raise BadTrainingData(f"labels {labels.shape} and scores {scores.shape} must be (n, {n_genres})")
    if n_thresholds != n_genres:
        raise BadTrainingData(f"{n_thresholds} thresholds for {n_genres} genres")
    if not np.isfinite(scores).all():
        raise BadTrainingData("some scores are not finite")


def _per_genre(
    truth: NDArray[np.bool_],
    scores: NDArray[np.float64],
    *,
    answers: NDArray[np.bool_],
    genres: Sequence[str],
) -> tuple[GenreEvaluation, ...]:
    return tuple(
        GenreEvaluation(
            genre=genre,
            support=int(truth[:, column].sum()),
            prevalence=float(truth[:, column].mean()),
            average_precision=float(average_precision_score(truth[:, column], scores[:, column])),
            auc=float(roc_auc_score(truth[:, column], scores[:, column])),
            f1=_f1(truth[:, column], answers[:, column]),
        )
        for column, genre in enumerate(genres)
    )


def _f1(truth: NDArray[np.bool_], answers: NDArray[np.bool_]) -> float:
    """Return 2 TP / (2 TP + FP + FN), and 0 where nothing is answered."""
    total = int(truth.sum()) + int(answers.sum())
    return 2.0 * int((truth & answers).sum()) / total if total else 0.0


def _hit_at(truth: NDArray[np.bool_], scores: NDArray[np.float64], *, k: int) -> float:
    first = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    hits = np.take_along_axis(truth, first, axis=1).sum(axis=1) > 0
    with_genre = truth.sum(axis=1) > 0
    return float(hits[with_genre].mean())


def _pick(genres: Sequence[str], chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(genre for genre, is_chosen in zip(genres, chosen, strict=True) if is_chosen)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))

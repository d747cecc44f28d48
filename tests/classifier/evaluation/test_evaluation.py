"""Evaluation: nothing is counted that can't be, the baselines are what theory says, the report shows it all."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from classifier.errors import BadTrainingData
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Interval
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.report import as_document, format_report

GENRES = ("Action", "Comedy", "Drama", "Horror", "War")
BASELINES = ["nothing", "everything", "prior", "prior top-1", "prior top-2", "prior top-3", "random"]
OF_ROWS = {"samples_ap", "lrap", "hit_at_1", "precision_at_3", "recall_at_3", "samples_f1", "jaccard", "exact_match"}


def synthetic(n: int = 800) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    rng = np.random.default_rng(11)
    labels = rng.random((n, len(GENRES))) < np.array([0.3, 0.4, 0.5, 0.1, 0.05])
    return labels, np.clip(0.4 * labels + rng.random(labels.shape) * 0.6, 0, 1)


def some_known(n: int = 800, share: float = 0.8) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.random.default_rng(12).random((n, len(GENRES))) < share
    return known


def test_f1_is_given_at_the_thresholds_and_at_a_half() -> None:
    labels, scores = synthetic()
    thresholds = (0.3, 0.5, 0.4, 0.7, 0.6)
    found = evaluate(labels, scores, genres=GENRES, thresholds=thresholds).figures
    assert found["macro_f1"] == pytest.approx(f1_score(labels, scores >= np.array(thresholds), average="macro"))
    assert found["macro_f1_at_half"] == pytest.approx(f1_score(labels, scores >= 0.5, average="macro"))
    assert found["macro_f1"] != found["macro_f1_at_half"]
    assert all(0 <= value <= 1 for value in found.values())


def test_each_genre_has_its_own_figures_and_support() -> None:
    labels, scores = synthetic()
    found = evaluate(labels, scores, genres=GENRES)
    for column, row in enumerate(found.genres):
        truth, scored = labels[:, column], scores[:, column]
        assert (row.genre, row.support, row.n_known) == (GENRES[column], truth.sum(), 800)
        assert row.average_precision == pytest.approx(average_precision_score(truth, scored))
        expected = [roc_auc_score(truth, scored), f1_score(truth, scored >= 0.5)]
        assert [row.auc, row.f1] == pytest.approx(expected)
        assert row.brier == pytest.approx(((scored - truth) ** 2).mean())


def test_genres_that_all_rows_or_no_row_has_are_left_out_and_named() -> None:
    labels, scores = synthetic()
    labels[:, 1], labels[:, 4] = True, False
    found = evaluate(labels, scores, genres=GENRES, thresholds=(0.3, 0.9, 0.4, 0.7, 0.1))
    kept = [0, 2, 3]
    alone = evaluate(labels[:, kept], scores[:, kept], genres=("Action", "Drama", "Horror"), thresholds=(0.3, 0.4, 0.7))
    assert (found.left_out, len(found.genres)) == (("Comedy", "War"), 3)
    assert found.figures == alone.figures


def test_a_genre_is_left_out_when_it_is_only_known_where_it_is_true() -> None:
    labels, scores = synthetic()
    known = np.ones_like(labels)
    known[:, 0] = labels[:, 0]
    assert evaluate(labels, scores, genres=GENRES, known=known).left_out == ("Action",)


def test_what_stands_in_unknown_cells_changes_nothing() -> None:
    labels, scores = synthetic()
    known = some_known()
    found = evaluate(labels, scores, genres=GENRES, known=known)
    other = evaluate(labels ^ ~known, np.where(known, scores, np.nan), genres=GENRES, known=known)
    assert found == other
    assert found.n_unknown == (~known).sum() > 0
    assert found.n_complete == known.all(axis=1).sum()
    assert found.figures != evaluate(labels, scores, genres=GENRES).figures


def test_with_unknown_labels_each_figure_is_that_of_what_is_known() -> None:
    labels, scores = synthetic()
    known = some_known()
    found = evaluate(labels, scores, genres=GENRES, known=known)
    each = [average_precision_score(labels[on, at], scores[on, at]) for at, on in enumerate(known.T)]
    assert found.macro_ap == pytest.approx(np.mean(each))
    assert found.figures["micro_ap"] == pytest.approx(average_precision_score(labels[known], scores[known]))
    assert found.figures["micro_f1"] == pytest.approx(f1_score(labels[known], scores[known] >= 0.5))
    whole = known.all(axis=1)
    rows = evaluate(labels[whole], scores[whole], genres=GENRES)
    assert {name: found.figures[name] for name in OF_ROWS} == {name: rows.figures[name] for name in OF_ROWS}
    assert found.figures["hamming_loss"] == pytest.approx((labels != (scores >= 0.5))[known].mean())


def test_figures_of_rows_are_missing_where_no_row_is_known_whole() -> None:
    labels, scores = synthetic()
    known = np.ones_like(labels)
    known[::2, 0], known[1::2, 1] = False, False
    found = evaluate(labels, scores, genres=GENRES, known=known)
    assert found.n_complete == 0
    assert not OF_ROWS & set(found.figures)
    assert found.macro_ap > 0.5
    lines = format_report({"model": found}, {}, intervals={}).splitlines()
    assert sum(line.startswith("model ") and line.endswith("  -") for line in lines) >= 2


def test_the_prior_ranks_like_chance_and_hits_like_the_commonest_genres() -> None:
    train, _ = synthetic()
    test = train[:400]
    found = baselines(train.mean(axis=0), test, genres=GENRES)
    top_three = (test[:, :3].sum(axis=1) > 0).sum() / (test.sum(axis=1) > 0).sum()
    assert found["prior"].macro_ap == pytest.approx(test.mean(axis=0).mean())
    assert found["prior"].figures["macro_auc"] == pytest.approx(0.5)
    assert found["prior"].figures["hit_at_3"] == pytest.approx(top_three)
    assert found["prior top-3"].figures["hit_at_3"] == pytest.approx(top_three)
    assert found["prior top-1"].figures["micro_precision"] == pytest.approx(test[:, 2].mean())  # Drama
    assert [row.recall for row in found["prior top-2"].genres] == [0, 1, 1, 0, 0]


def test_random_scores_have_an_auc_near_a_half_and_the_same_seed_repeats_them() -> None:
    labels, _ = synthetic(4000)
    first, again = (baselines(labels.mean(axis=0), labels, genres=GENRES, seed=11)["random"] for _ in range(2))
    assert first == again
    assert first.figures["macro_auc"] == pytest.approx(0.5, abs=0.03)


def test_answering_nothing_finds_nothing_and_answering_everything_misses_nothing() -> None:
    labels, _ = synthetic()
    found = baselines(labels.mean(axis=0), labels, genres=GENRES)
    nothing, everything = found["nothing"].figures, found["everything"].figures
    assert list(found) == BASELINES
    assert [nothing[name] for name in ("macro_f1", "micro_f1", "hit_at_1", "hit_at_3", "precision_at_3")] == [0] * 5
    assert nothing["hamming_loss"] == pytest.approx(labels.mean())
    assert everything["macro_recall"] == 1
    assert everything["macro_precision"] == pytest.approx(labels.mean())
    assert nothing["macro_auc"] == everything["macro_auc"] == 0.5


def reported() -> tuple[dict[str, Evaluation], dict[str, Evaluation]]:
    labels, scores = synthetic()
    labels[:, 3] = False
    models = {"model": evaluate(labels, scores, genres=GENRES, known=some_known())}
    return models, baselines(labels.mean(axis=0), labels, genres=GENRES, known=some_known())


def test_the_report_shows_the_model_beside_every_baseline_each_genre_and_what_was_left_out() -> None:
    models, beside = reported()
    report = format_report(models, beside, intervals={"model": {"macro_ap": Interval(0.123, 0.987)}})
    for name in ("model", *BASELINES):
        assert sum(line.startswith(f"{name} ") for line in report.splitlines()) >= 5
    assert f"{models['model'].macro_ap:.3f}" in report
    assert "0.123 to 0.987" in report
    assert "1 not measurable on these rows (Horror)" in report
    assert f"{models['model'].n_unknown:,} unknown labels" in report
    assert max(map(len, report.splitlines())) <= 120
    assert "accuracy" not in report.lower()


def test_the_document_holds_the_same_figures() -> None:
    models, beside = reported()
    model, intervals = models["model"], {"model": {"macro_ap": Interval(0.123, 0.987)}}
    document = json.loads(json.dumps(as_document(models, beside, intervals=intervals)))
    assert document["models"]["model"]["figures"] == model.figures
    assert document["models"]["model"]["intervals"] == {"macro_ap": [0.123, 0.987]}
    assert document["models"]["model"]["left_out"] == ["Horror"]
    assert list(document["beside"]) == BASELINES


@pytest.mark.parametrize("case", ["shape", "nan", "logits", "constant", "thresholds", "genres", "known"])
def test_what_can_not_be_measured_is_bad_training_data(case: str) -> None:
    labels, scores = synthetic(20)
    thresholds = (0.5,) if case == "thresholds" else None
    known = np.ones((3, 5), dtype=bool) if case == "known" else None
    scores = {"shape": scores[:10], "logits": scores * 9 - 4}.get(case, scores)
    if case == "nan":
        scores[0, 0] = np.nan
    labels = np.zeros_like(labels) if case == "constant" else labels
    with pytest.raises(BadTrainingData):
        evaluate(labels, scores, genres=GENRES[: 3 if case == "genres" else 5], thresholds=thresholds, known=known)

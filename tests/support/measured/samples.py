"""Samples of measured models, for the pages that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.evaluation.measuring import compare, measure
from classifier.evaluation.scored_rows import ScoredRows
from db.queue.job_records import JobError
from db.records import ModelRecord
from db.registry.measurement_records import Measurement, MeasurementReport, RivalReport
from tests.support.film_samples import NOW
from tests.support.queue_samples import make_change

N = 60
OTHER = "f" * 64


def make_measurement(genres: Sequence[str]) -> Measurement:
    """Return a measurement of made-up scores that failed the last time; its texts and genres are those given."""
    random = np.random.default_rng(3)
    labels = random.random((N, len(genres))) < 0.3
    ours, theirs = (
        ScoredRows.from_scores(labels, np.clip(labels * skill + random.random(labels.shape) * (1 - skill), 0, 1))
        for skill in (0.5, 0.3)
    )
    groups = [f"film {row}" for row in range(N)]
    found = measure(ours, genres=genres, groups=groups, priors=np.full(len(genres), 0.3))
    difference = compare(ours, theirs, genres=genres, groups=groups)
    rival = RivalReport(OTHER, f"{genres[0]} is better", (f"it does not predict {genres[0]}",), difference)
    report = MeasurementReport(NOW, "0" * 64, (f"genres of the labels: {genres[0]}",), found, rival)
    error = JobError("bad_source", "permanent", f"no labels of {genres[0]}")
    return Measurement("e" * 64, "failed", NOW, genres[0], attempts=1, error=error, report=report)


def make_model_view(
    model: tuple[ModelRecord, Mapping[str, Mapping[str, float]], tuple[float, ...]],
    measurement: Measurement | None,
    genre: str | None,
) -> dict[str, Any]:
    """Return the view of a model's page, with the curves of a genre; the least there can be without a measurement."""
    record, baselines, shares = model
    report = measurement.report if measurement else None
    rival = replace(record, model_id=OTHER) if report else None
    return {
        "record": record,
        "shares": shares,
        "baselines": baselines,
        "measurement": measurement,
        "genre": genre,
        "rival": rival,
        "comparison": report.rival if report else None,
        "names": {record.model_id: record.name, OTHER: record.name} if report else {},
        "last": make_change(record.name, record.name) if report else None,
    }

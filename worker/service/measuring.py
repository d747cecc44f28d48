"""Measuring of a stored model on the library's own labelled trailers, and beside the one that predicts in its place."""

import hashlib
from dataclasses import replace

import numpy as np

from classifier.data.films import Films
from classifier.errors import BadTrainingData
from classifier.evaluation.bootstrap import Comparison
from classifier.evaluation.measuring import compare, measure
from db.fields import now
from db.records import ModelRecord
from db.registry.measurement_records import MeasurementReport, RivalReport
from worker.errors import WorkerError
from worker.learning.evaluated_models import EvaluatedModel, check_films, choose_rows
from worker.learning.listener import LearningListener
from worker.learning.promotion import Assessment, assess_use, choose_new, stored_films
from worker.runtime import Runtime


def measure_model(runtime: Runtime, record: ModelRecord, listener: LearningListener) -> MeasurementReport:
    """Return how a model does on the labelled trailers of the database that it hasn't learnt from.

    Its scores are those that its predictions have here: moved to where they belong in this library. Where another
    model predicts in its place, the two are compared on films that are new to both. The same rows give the report that
    is stored. Raises as `stored_films` and `choose_rows`.
    """
    assessment = assess_use(runtime, record, runtime.model(record))
    rival = assessment.rival if assessment.rival and assessment.rival.model_id != record.model_id else None
    models = [EvaluatedModel(each, runtime.placed_model(each)) for each in (record, rival) if each]
    stored = stored_films(runtime, models, listener)
    films, left_out = choose_rows(models[:1], check_films(models[:1], stored))
    digest = _digest(runtime, stored, [each.record for each in models])
    known = runtime.store.measurements.get(record.model_id)
    if known and known.report and known.report.rows_sha256 == digest:
        return known.report
    listener.say(f"measuring {record.name} on {len(films):,} labelled trailers")
    return MeasurementReport(
        made_at=now(),
        rows_sha256=digest,
        left_out=tuple(left_out),
        found=measure(
            models[0].score(films),
            genres=films.genres,
            groups=films.groups,
            priors=models[0].score_prior(films).scores[0],
        ),
        rival=_compare(assessment, models, stored) if rival else None,
    )


def _compare(assessment: Assessment, models: list[EvaluatedModel], stored: Films) -> RivalReport:
    difference = None
    try:
        films = choose_new(models, stored)
        ours, theirs = (each.score(films) for each in models)
        difference = compare(ours, theirs, genres=films.genres, groups=films.groups)
        found: Comparison = difference.figures["macro_ap"]
        assessment = replace(assessment, comparison=found, n_films=difference.n_films)
    except (WorkerError, BadTrainingData) as exc:
        assessment = replace(assessment, untold=str(exc))
    rival = models[1].record.model_id
    return RivalReport(rival, assessment.finding, assessment.objections, difference)


def _digest(runtime: Runtime, films: Films, records: list[ModelRecord]) -> str:
    """Return a digest of all that the figures rest on: rows, what is known of them, labels, models and their moves."""
    digest = hashlib.sha256()
    for record in records:
        moved = runtime.placer.find(record).inputs(tuple(record.card.modality.split("+")))
        digest.update(repr((record.model_id, sorted(moved.items()))).encode())
    digest.update(repr((films.ids, films.groups, films.genres)).encode())
    for array in (films.Y, films.known, films.views.present):
        digest.update(np.ascontiguousarray(array).tobytes())
    for _, sequences, features_id in films.sequences():
        digest.update(features_id.encode())
        digest.update(np.ascontiguousarray(sequences.values).tobytes())
    return digest.hexdigest()

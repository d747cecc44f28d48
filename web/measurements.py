"""Measurements on the page and in the API: what a stored one says of a model's use now."""

from collections.abc import Mapping

from db.records import ModelAction, ModelRecord
from db.registry.measurement_records import MeasurementReport, RivalReport
from web.service import Service
from worker.inference.registry import choose_model


def find_rival(service: Service, record: ModelRecord) -> ModelRecord | None:
    """Return the model that predicts now what this one would, None where nothing does or it is this one itself."""
    in_use = service.runtime.models_in_use(record.features_id)
    rival = choose_model(in_use, record.card.modality.split("+"))
    return None if rival is None or rival.model_id == record.model_id else rival


def current_comparison(service: Service, record: ModelRecord) -> RivalReport | None:
    """Return how a model was found to do beside the one that predicts in its place now; None if it was not compared."""
    measurement, rival = service.store.measurements.get(record.model_id), find_rival(service, record)
    found = measurement.report.rival if measurement and measurement.report else None
    return found if found and rival and found.model_id == rival.model_id else None


def choose_action(service: Service, record: ModelRecord) -> tuple[ModelAction, Mapping[str, float]]:
    """Return what putting a model to use is: a promotion with its figures where it was measured to be no worse."""
    found = current_comparison(service, record)
    if found is None or found.difference is None or found.objections:
        return "use", {}
    better = found.difference.figures["macro_ap"]
    figures = {"difference": better.difference, "low": better.low, "high": better.high}
    return "promote", {**figures, "films": found.difference.n_films}


def find_genre(report: MeasurementReport, wanted: str | None) -> str | None:
    """Return the genre whose curves are shown: the one wanted, else that which most trailers have; None without any."""
    drawn = [each for each in report.found.genres if each.curves]
    named = [each for each in drawn if each.genre == wanted]
    best = max(named or drawn, key=lambda each: each.support, default=None)
    return best.genre if best else None

"""Predictions for trailers: made as planned and stored, or read from the database."""

from dataclasses import replace

import numpy as np

from classifier.prediction import GenrePrediction
from classifier.view import View
from extractor.features import FrameFeatures
from extractor.plots import WORDS_ID, read_plot
from worker.errors import WorkerError
from worker.predicting.planning import POSTER, PlannedPrediction
from worker.runtime import Runtime


def lacks_poster(runtime: Runtime, planned: PlannedPrediction) -> bool:
    """Tell whether a backbone has yet to look at the poster that the prediction rests on; raises NoModel."""
    poster = planned.basis.inputs.get(POSTER)
    return poster is not None and not runtime.store.posters.has_vector(poster, planned.basis.features_id)


def recall(runtime: Runtime, planned: PlannedPrediction) -> GenrePrediction | None:
    """Return the stored prediction that rests on exactly the same, None if there is none; raises NoModel."""
    prediction = runtime.store.predictions.load(planned.trailer_id, planned.basis)
    if prediction is None:
        return None
    runtime.store.verdicts.update([planned.trailer_id])  # who wrote it may have died before doing so
    return _with_warnings(prediction, planned)


def predict(runtime: Runtime, planned: PlannedPrediction, features: FrameFeatures) -> GenrePrediction:
    """Return the prediction for a trailer, stored; raises NoModel, and WorkerError where the poster has no features."""
    model = runtime.model(planned.record)
    prediction = _with_warnings(model.predict(_views(runtime, planned, features)), planned)
    inputs = planned.basis.inputs
    runtime.patiently(lambda: runtime.store.predictions.save(planned.trailer_id, prediction, inputs=inputs))
    return prediction


def _with_warnings(prediction: GenrePrediction, planned: PlannedPrediction) -> GenrePrediction:
    return replace(prediction, warnings=tuple(dict.fromkeys((*prediction.warnings, *planned.warnings))))


def _views(runtime: Runtime, planned: PlannedPrediction, features: FrameFeatures) -> dict[str, View]:
    views = {"trailer": View(features.vectors, features.features_id)}
    for name, digest in planned.basis.inputs.items():
        if name == POSTER:
            vector = runtime.store.posters.vector(digest, features.features_id)
            if vector is None:
                trailer_id = planned.trailer_id
                raise WorkerError("internal", f"the features of {trailer_id}'s poster went away; run this again")
            views[name] = View(vector[np.newaxis], features.features_id)
        else:
            plot = read_plot(planned.texts[name])
            views[name] = View(plot.vectors, WORDS_ID, plot.words)
    return views

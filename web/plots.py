"""Predictions for plots in this process: by the active model if it needs no TensorFlow, else by the shipped one."""

import functools
from dataclasses import replace

from classifier.heads.kinds import is_light
from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.shipped import shipped_models
from extractor.plots import WORDS_ID
from worker.predicting.plots import predict_words
from worker.runtime import Runtime


def predict_plot(runtime: Runtime, text: str) -> GenrePrediction:
    """Return the genres of a plot and the words that drove them; raises BadPlot, NoModel where none reads plots."""
    record = runtime.model_record(WORDS_ID, available=("plot",))
    if is_light(record.head):
        return predict_words(runtime.model(record), text)
    light = _load_shipped()
    prediction = predict_words(light, text)
    warning = (
        f"The active model, {record.name}, needs TensorFlow, which the page does not load: this is the prediction of "
        f"{light.manifest.name}. For the active model's, run: trailers plot."
    )
    return replace(prediction, warnings=(*prediction.warnings, warning))


@functools.cache
def _load_shipped() -> GenreModel:
    (path,) = shipped_models(WORDS_ID).values()
    return GenreModel.load(path)

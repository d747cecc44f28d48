"""Plots judged in this process: by the model in use where it needs no TensorFlow, else by the one that ships."""

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
    """Return the genres of a plot and the words that drove them; raises BadPlot, or NoModel where none judges plots."""
    record = runtime.model_record(WORDS_ID, available=("plot",))
    if is_light(record.head):
        return predict_words(runtime.model(record), text)
    light = _shipped()
    prediction = predict_words(light, text)
    warning = (
        f"The model in use, {record.name}, needs TensorFlow, which the page doesn't load: this is the answer of "
        f"{light.manifest.name}. trailers plot asks the other."
    )
    return replace(prediction, warnings=(*prediction.warnings, warning))


@functools.cache
def _shipped() -> GenreModel:
    (path,) = (model.path for model in shipped_models(WORDS_ID))
    return GenreModel.load(path)

"""Judging a trailer by what is at hand: the model for it, what its verdict rests on, and the verdict, made or read."""

from dataclasses import dataclass, replace

import numpy as np

from classifier.errors import NoModel
from classifier.prediction import GenrePrediction
from classifier.view import View, not_looked_at
from db.queue.job_records import Inputs
from db.records import ModelRecord, PredictionBasis
from extractor.features import FrameFeatures
from extractor.plots import WORDS_ID, read_plot
from worker.errors import WorkerError
from worker.inference.backbone_choice import notes_on
from worker.predicting.stored_inputs import POSTER, AvailableInputs, look
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class PredictionTask:
    """A trailer to be judged by a model; `basis` is what the verdict rests on."""

    trailer_id: str
    at_hand: AvailableInputs
    record: ModelRecord
    basis: PredictionBasis

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of all that is at hand can't be used, or says little, and why."""
        idle = [name for name in self.at_hand.names if name not in self.basis.modalities]
        notes = [not_looked_at(name, model=self.record.name, learnt=self.record.card.modality) for name in idle]
        texts = [text for name, text in self.at_hand.texts.items() if name in self.basis.modalities]
        few = [warning for text in texts for warning in read_plot(text).warnings]
        return (*notes_on(self.basis.features_id), *self.at_hand.warnings, *notes, *few)


def open_prediction(runtime: Runtime, trailer_id: str, given: Inputs, *, features_id: str) -> PredictionTask:
    """Return how a trailer with such features is to be judged now; raises NoModel."""
    (at_hand,) = look(runtime.store, [(trailer_id, given)])
    record = runtime.model_record(features_id, at_hand=at_hand.names)
    return PredictionTask(trailer_id, at_hand, record, at_hand.basis(record))


def lacks_poster(runtime: Runtime, case: PredictionTask) -> bool:
    """Tell whether a backbone has yet to look at the poster that the verdict rests on."""
    poster = case.basis.inputs.get(POSTER)
    return poster is not None and not runtime.store.posters.has_vector(poster, case.basis.features_id)


def recall(runtime: Runtime, case: PredictionTask) -> GenrePrediction | None:
    """Return the stored verdict that rests on the very same, None if there is none."""
    prediction = runtime.store.predictions.load(case.trailer_id, case.basis)
    if prediction is None:
        return None
    runtime.store.verdicts.update([case.trailer_id])  # who wrote it may have died before doing so
    return _warned(prediction, case)


def judge(runtime: Runtime, case: PredictionTask, features: FrameFeatures) -> GenrePrediction:
    """Judge a trailer and keep the verdict."""
    prediction = _warned(runtime.model(case.record).predict(_views(runtime, case, features)), case)
    inputs = case.basis.inputs
    runtime.patiently(lambda: runtime.store.predictions.save(case.trailer_id, prediction, inputs=inputs))
    return prediction


def _warned(prediction: GenrePrediction, case: PredictionTask) -> GenrePrediction:
    return replace(prediction, warnings=tuple(dict.fromkeys((*prediction.warnings, *case.warnings))))


def _views(runtime: Runtime, case: PredictionTask, features: FrameFeatures) -> dict[str, View]:
    """Return what the model looks at; raises WorkerError when the poster's features aren't there."""
    views = {"trailer": View(features.vectors, features.features_id)}
    for name, digest in case.basis.inputs.items():
        if name == POSTER:
            vector = runtime.store.posters.vector(digest, features.features_id)
            if vector is None:
                raise WorkerError("internal", f"the features of {case.trailer_id}'s poster went away; run this again")
            views[name] = View(vector[np.newaxis], features.features_id)
        else:
            plot = read_plot(case.at_hand.texts[name])
            views[name] = View(plot.vectors, WORDS_ID, plot.words)
    return views


@dataclass(frozen=True, slots=True)
class PlannedPrediction:
    """What a trailer's verdict will rest on, None while no model judges it; `stored` says that it is there."""

    at_hand: AvailableInputs
    basis: PredictionBasis | None
    stored: bool

    @property
    def asked(self) -> dict[str, str]:
        """What of this request the verdict will rest on."""
        inputs = self.basis.inputs if self.basis else {}
        return {name: inputs[name] for name in self.at_hand.asked if name in inputs}


def plan_predictions(
    runtime: Runtime, wanted: list[tuple[str, Inputs]], *, features_id: str
) -> list[PlannedPrediction]:
    """Return in order the prospects of trailers by their ids and what is given of them, in a handful of queries."""
    chosen: dict[tuple[str, ...], ModelRecord | None] = {}
    found: list[tuple[str, AvailableInputs, PredictionBasis | None]] = []
    for (trailer_id, _), at_hand in zip(wanted, look(runtime.store, wanted), strict=True):
        if at_hand.names not in chosen:
            chosen[at_hand.names] = _model(runtime, features_id, at_hand)
        record = chosen[at_hand.names]
        found.append((trailer_id, at_hand, at_hand.basis(record) if record else None))
    based = [(trailer_id, basis) for trailer_id, _, basis in found if basis]
    known = iter(runtime.store.predictions.check_existing(based))
    return [PlannedPrediction(at_hand, basis, next(known) if basis else False) for _, at_hand, basis in found]


def _model(runtime: Runtime, features_id: str, at_hand: AvailableInputs) -> ModelRecord | None:
    try:
        return runtime.model_record(features_id, at_hand=at_hand.names)
    except NoModel:
        return None

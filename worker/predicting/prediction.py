"""Predictions for trailers: made as planned and stored, or read from the database."""

from dataclasses import replace

import numpy as np

from classifier.prediction import GenrePrediction
from classifier.view import SENTENCE, SOUND, View
from db.records import PLACEMENT
from extractor.features import FrameFeatures
from worker.errors import WorkerError
from worker.predicting.flags import find_flags, is_black
from worker.predicting.planning import POSTER, PlannedPrediction
from worker.predicting.words import sentence_view, words_view
from worker.runtime import Runtime

N_NAMED = 10  # seconds in a warning
DAMAGED = "The picture is damaged or missing"  # the beginning of a warning


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
    model, basis = runtime.placer.open(planned.record, planned.move), planned.basis
    found, flags = model.predict(_views(runtime, planned, features)), find_flags(features)
    found = replace(found, features_id=basis.features_id, modalities=basis.modalities, flags=tuple(flags))
    prediction = _with_warnings(
        _in_seconds(found, features), planned, _video_warnings(features) + tuple(flags.values())
    )
    runtime.patiently(lambda: runtime.store.predictions.save(planned.trailer_id, prediction, inputs=basis.inputs))
    return prediction


def _with_warnings(
    prediction: GenrePrediction, planned: PlannedPrediction, of_video: tuple[str, ...] = ()
) -> GenrePrediction:
    return replace(prediction, warnings=tuple(dict.fromkeys((*prediction.warnings, *of_video, *planned.warnings))))


def _video_warnings(features: FrameFeatures) -> tuple[str, ...]:
    if not features.damaged:
        return features.warnings
    n_damaged, more = len(features.damaged), ", ..." if len(features.damaged) > N_NAMED else ""
    named = ", ".join(map(str, features.damaged[:N_NAMED])) + more
    damage = f"{DAMAGED} in {n_damaged} of {len(features)} seconds, which don't count: {named}."
    return (damage, *features.warnings)


def _in_seconds(prediction: GenrePrediction, features: FrameFeatures) -> GenrePrediction:
    """Return the prediction from usable frames with times in the trailer; any other second repeats a score."""
    seconds = features.usable
    if len(seconds) == len(features) or not prediction.timeline:
        return prediction
    rows = np.maximum(np.searchsorted(seconds, np.arange(len(features)), side="right") - 1, 0).tolist()
    timeline = {genre: tuple(scores[row] for row in rows) for genre, scores in prediction.timeline.items()}
    evidence = (
        replace(it, start_s=float(seconds[int(it.start_s)]), end_s=float(seconds[int(it.end_s) - 1] + 1))
        for it in prediction.evidence
    )
    return replace(prediction, timeline=timeline, evidence=tuple(evidence))


def _views(runtime: Runtime, planned: PlannedPrediction, features: FrameFeatures) -> dict[str, View]:
    seconds = features.usable
    frames = View(features.vectors[seconds], features.features_id, seconds=tuple(seconds.tolist()))
    views = {} if is_black(features) else {"trailer": frames}
    for name, digest in planned.basis.inputs.items():
        if name == PLACEMENT:
            continue
        if name == POSTER:
            vector = runtime.store.posters.vector(digest, features.features_id)
            if vector is None:
                trailer_id = planned.trailer_id
                raise WorkerError("internal", f"the features of {trailer_id}'s poster went away; run this again")
            views[name] = View(vector[np.newaxis], features.features_id)
        elif name == SOUND:
            views[name] = _sound_view(runtime, planned.trailer_id)
        elif name == SENTENCE:
            views[name] = sentence_view(runtime.sentences, planned.texts[name])
        else:
            views[name] = words_view(name, planned.texts[name])
    return views


def _sound_view(runtime: Runtime, trailer_id: str) -> View:
    reader = runtime.sound_reader
    heard = runtime.store.trailers.read_sounds([trailer_id], features_id=reader.features_id) if reader else {}
    if reader is None or trailer_id not in heard:
        raise WorkerError("internal", f"what {trailer_id} sounds like went away; run this again")
    return View(heard[trailer_id][np.newaxis], reader.features_id)

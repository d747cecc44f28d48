"""What programs read: the JSON objects of `--json`, as the public contract names their fields."""

import dataclasses
import json
from typing import Any

from classifier.prediction import GenrePrediction
from db.records import Trailer
from worker.analysis import Analysis
from worker.errors import JobError


def analysis_document(source: str, analysis: Analysis) -> dict[str, Any]:
    """Return the object `trailers analyze --json` prints for one source."""
    trailer, prediction = analysis.trailer, analysis.prediction
    return {
        "source": source,
        **prediction_document(trailer, prediction, n_frames=analysis.n_frames),
        "cached": analysis.cached,
        "seconds": {name: round(s, 3) for name, s in dataclasses.asdict(analysis.seconds).items()},
    }


def prediction_document(trailer: Trailer, prediction: GenrePrediction, *, n_frames: int) -> dict[str, Any]:
    """Return what is known of a trailer and its genres."""
    return {
        "trailer_id": trailer.trailer_id,
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "n_frames": n_frames,
        "genres": [dataclasses.asdict(score) for score in prediction.genres],
        "evidence": [dataclasses.asdict(stretch) for stretch in prediction.evidence],
        "modalities": list(prediction.modalities),
        "video": dataclasses.asdict(trailer.video),
        "warnings": list(prediction.warnings),
    }


def error_document(source: str, error: JobError) -> dict[str, Any]:
    """Return the object `trailers analyze --json` prints for a source that failed."""
    return {"source": source, "error": {"code": error.code, "class": error.error_class, "message": error.message}}


def to_json(document: object) -> str:
    """Return one line of JSON, in ASCII: file names may hold bytes that no encoding prints."""
    return json.dumps(document, allow_nan=False, default=str)

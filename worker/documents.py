"""What programs read: the JSON objects of `--json`, as the public contract names their fields."""

import json
import re
from typing import TYPE_CHECKING, Any

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer
from db.queue.job_records import Job, JobError
from db.records import Trailer

if TYPE_CHECKING:
    from worker.predicting.analysis import Analysis  # a tenth of the time that `trailers plot` takes to begin

QUOTED_PATH = re.compile(r"(?<=')/(?:[^']*/)?|(?<=\")/(?:[^\"]*/)?")  # the folders of a file that a message names


def analysis_document(source: str, analysis: "Analysis") -> dict[str, Any]:
    """Return the object `trailers analyze --json` prints for one source."""
    trailer, prediction = analysis.trailer, analysis.prediction
    return {
        "source": source,
        **prediction_document(trailer, prediction, n_frames=analysis.n_frames),
        "cached": analysis.cached,
        "seconds": {name: round(s, 3) for name, s in fields_of(analysis.seconds).items()},
    }


def single_document(source: str, prediction: GenrePrediction) -> dict[str, Any]:
    """Return the object `trailers poster --json` and `plot --json` print for one poster or plot."""
    return {
        "source": source,
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "genres": [fields_of(score) for score in prediction.genres],
        "modalities": list(prediction.modalities),
        "warnings": list(prediction.warnings),
        "words": [fields_of(word) for word in prediction.words],
    }


def prediction_document(
    trailer: Trailer | LibraryTrailer, prediction: GenrePrediction, *, n_frames: int
) -> dict[str, Any]:
    """Return what is known of a trailer and its genres."""
    return {
        "trailer_id": trailer.trailer_id,
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "n_frames": n_frames,
        "genres": [fields_of(score) for score in prediction.genres],
        "evidence": [fields_of(stretch) for stretch in prediction.evidence],
        "words": [fields_of(word) for word in prediction.words],
        "modalities": list(prediction.modalities),
        "video": fields_of(trailer.video),
        "warnings": list(prediction.warnings),
    }


def job_document(job: Job) -> dict[str, Any]:
    """Return what `trailers jobs --json` prints for a job."""
    document = fields_of(job)
    for private in ("lease", "video", "first_lane", "scratch"):
        del document[private]
    return {
        **document,
        "given": fields_of(job.given),
        "error": error_fields(job.error) if job.error else None,
        "history": [fields_of(event) for event in job.history],
        "webhooks": [fields_of(webhook) for webhook in job.webhooks],
    }


def stored_document(job: Job) -> dict[str, Any]:
    """Return what those outside may know of a job: no webhooks, of files their names, nothing of the hosts' own."""
    document = job_document(job)
    del document["webhooks"]
    document["given"]["poster"] = _name_alone(job.given.poster)
    document["source"] = _name_alone(job.source)
    for event in document["history"]:
        del event["owner"]
    for said in (document["error"] or {}, *document["history"]):
        if said.get("message"):
            said["message"] = QUOTED_PATH.sub("", said["message"])
    return document


def fields_of(record: Any) -> dict[str, Any]:
    """Return the fields of a record as they are; `asdict` copies what they hold, which takes ten times as long."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _name_alone(source: str | None) -> str | None:
    return source.rpartition("/")[2] if source and source.startswith("/") else source


def error_fields(error: JobError) -> dict[str, Any]:
    """Return an error as the public contract names its fields."""
    return {"code": error.code, "class": error.error_class, "message": error.message}


def error_document(source: str, error: JobError) -> dict[str, Any]:
    """Return the object `trailers analyze --json` prints for a source that failed."""
    return {"source": source, "error": error_fields(error)}


def to_json(document: object) -> str:
    """Return one line of JSON, in ASCII: file names may hold bytes that no encoding prints."""
    return json.dumps(document, allow_nan=False, default=str)

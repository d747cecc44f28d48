"""JSON documents of `--json`, of webhooks and of the API, with the fields of the public contract."""

import json
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer
from db.queue.job_records import Job, JobError

if TYPE_CHECKING:
    from worker.predicting.analysis import Analysis  # a tenth of the time that `trailers plot` takes to begin

QUOTED_PATH = re.compile(r"(?<=')/(?:[^']*/)?|(?<=\")/(?:[^\"]*/)?")  # the folders of a file that a message names
PRIVATE = ("lease", "video", "first_lane", "ended_in", "scratch")  # fields of a job that are the hosts' own


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
        "alone": prediction.alone,
        "contributions": prediction.contributions,
        "placement": placement_fields(prediction),
    }


def identity_document(trailer: LibraryTrailer) -> dict[str, Any]:
    """Return whose trailer it is and of which film; `title` is the one to show."""
    names = ("external_id", "external_ids", "year", "film", "film_id", "franchise", "metadata")
    known = {name: getattr(trailer, name) for name in names}
    return {"title": trailer.shown_title, "imdb_id": trailer.labels.imdb_id, **known}


def prediction_document(trailer: LibraryTrailer, prediction: GenrePrediction, *, n_frames: int) -> dict[str, Any]:
    """Return a trailer's identity, its video and its genres."""
    return {
        "trailer_id": trailer.trailer_id,
        "features_id": prediction.features_id,
        "model_id": prediction.model_id,
        "n_frames": n_frames,
        "genres": [fields_of(score) for score in prediction.genres],
        "evidence": [fields_of(stretch) for stretch in prediction.evidence],
        "words": [fields_of(word) for word in prediction.words],
        "alone": prediction.alone,
        "contributions": prediction.contributions,
        "modalities": list(prediction.modalities),
        "video": fields_of(trailer.video),
        "warnings": list(prediction.warnings),
        "flags": list(prediction.flags),
        "placement": placement_fields(prediction),
        **identity_document(trailer),
    }


def placement_fields(prediction: GenrePrediction) -> dict[str, Any] | None:
    """Return how its scores were moved to the library, None where they were not."""
    return fields_of(prediction.placement) if prediction.placement else None


def job_document(job: Job) -> dict[str, Any]:
    """Return what `trailers jobs --json` prints for a job."""
    return {
        **fields_of(job, without=PRIVATE),
        "given": fields_of(job.given),
        "error": error_fields(job.error) if job.error else None,
        "history": [fields_of(event) for event in job.history],
        "webhooks": [fields_of(webhook) for webhook in job.webhooks],
    }


def public_job_document(job: Job) -> dict[str, Any]:
    """Return what outsiders may know of a job: no webhooks, of files only their names, nothing of the hosts' own."""
    return {
        **fields_of(job, without=(*PRIVATE, "webhooks")),
        "source": _name_alone(job.source),
        "given": {**fields_of(job.given), "poster": _name_alone(job.given.poster)},
        "error": _without_folders(error_fields(job.error)) if job.error else None,
        "history": [_without_folders(fields_of(event, without=("owner",))) for event in job.history],
    }


def fields_of(record: Any, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of a record as they are; `asdict` copies their values, which takes ten times as long."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__ if name not in without}


def _without_folders(document: dict[str, Any]) -> dict[str, Any]:
    """Return an error or event whose message names files without their folders."""
    message = document["message"]
    return {**document, "message": message and QUOTED_PATH.sub("", message)}


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

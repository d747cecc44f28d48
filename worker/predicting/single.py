"""The outcome for one poster or plot on its own."""

from dataclasses import dataclass

from classifier.prediction import GenrePrediction
from db.queue.job_records import JobError


@dataclass(frozen=True, slots=True)
class SingleOutcome:
    """A prediction or an error; `source` is a file's name, or the beginning of a text."""

    source: str
    outcome: GenrePrediction | JobError

"""Outcomes of one lane's work on a job: the runner records them, and they decide where the job goes."""

from dataclasses import dataclass

from db.records import Source


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The video waits under `name` in this host's scratch folder."""

    name: str
    sha256: str
    source: Source


@dataclass(frozen=True, slots=True)
class Extracted:
    """Features of this id are stored, the poster's too; `work` names what was done for it, None where nothing was."""

    features_id: str
    work: str | None = "extract"


@dataclass(frozen=True, slots=True)
class Classified:
    """The prediction is stored."""

    model_id: str
    n_frames: int
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """The result of an earlier lane is gone: the job must go back to `lane`."""

    lane: str


Outcome = Downloaded | Extracted | Classified | Missing

"""What the API answers of genres: of a trailer, a poster or a plot."""

from pydantic import BaseModel


class Answer(BaseModel):
    """What goes out."""


class Score(Answer):
    genre: str
    score: float
    threshold: float
    passed: bool
    rank: int


class EvidenceSeconds(Answer):
    genre: str
    start_s: float
    end_s: float
    score: float


class Word(Answer):
    genre: str
    word: str
    weight: float


class Video(Answer):
    duration_s: float
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    sha256: str


class Prediction(Answer):
    """The genres of a trailer, a poster or a plot, and why; `video` and `n_frames` are a trailer's."""

    trailer_id: str | None = None
    features_id: str
    model_id: str
    n_frames: int = 0
    genres: list[Score]
    evidence: list[EvidenceSeconds] = []
    words: list[Word] = []
    modalities: list[str]
    video: Video | None = None
    warnings: list[str]


class PosterPrediction(Prediction):
    """The genres of a poster; `poster` names it from now on."""

    poster: str

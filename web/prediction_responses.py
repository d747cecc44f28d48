"""Response bodies of predictions: for a trailer, a poster or a plot."""

from datetime import datetime

from pydantic import BaseModel, Field


class Score(BaseModel):
    genre: str
    score: float
    threshold: float
    passed: bool
    rank: int


class EvidenceSeconds(BaseModel):
    genre: str
    start_s: float
    end_s: float
    score: float


class Word(BaseModel):
    genre: str
    word: str
    weight: float


class Video(BaseModel):
    duration_s: float
    width: int
    height: int
    fps: float
    codec: str
    bytes: int
    sha256: str


class TrailerIdentity(BaseModel):
    """Whose trailer it is and of which film; `title` is yours, else the site's, else made of the file's name."""

    external_id: str | None = None
    external_ids: list[str] = []
    title: str | None = None
    year: int | None = None
    imdb_id: str | None = None
    film: str | None = None
    film_id: str | None = None
    franchise: str | None = None
    metadata: dict[str, str | int | float | bool] = {}


class Placement(BaseModel):
    """How scores were moved to the library: matched to `n` of its trailers, and to whose shares of the genres."""

    n: int
    made_at: datetime | None = None
    priors: str


class Prediction(BaseModel):
    """The genres of a trailer, a poster or a plot, and why; only a trailer has `video` and `n_frames`."""

    trailer_id: str | None = None
    features_id: str
    model_id: str
    n_frames: int = 0
    genres: list[Score]
    evidence: list[EvidenceSeconds] = []
    words: list[Word] = []
    alone: dict[str, dict[str, float]] = Field(
        {}, description="the scores by each modality alone: modality, genre, score"
    )
    contributions: dict[str, dict[str, float]] = Field(
        {},
        description="what each modality adds to a genre's log-odds: genre, modality, log-odds; "
        "other_genres, what the evidence for the film's other genres adds",
    )
    modalities: list[str]
    video: Video | None = None
    warnings: list[str]
    placement: Placement | None = None


class TrailerPrediction(Prediction, TrailerIdentity):
    """The genres of a trailer, and whose it is; `flags` say what is wrong with its video as a whole."""

    flags: list[str] = []


class PosterPrediction(Prediction):
    """The genres of a poster; `poster` is the SHA-256 to name it by."""

    poster: str

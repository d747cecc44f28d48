"""Response bodies of predictions: for a trailer, a poster or a plot."""

from datetime import datetime

from pydantic import Field

from web.api_model import ApiModel


class Score(ApiModel):
    """The score of one genre, and whether it passes."""

    genre: str
    """one of our genres"""
    score: float
    """the calibrated probability, from 0 to 1"""
    threshold: float
    """the score from which the genre passes"""
    passed: bool
    """whether the score reaches the threshold"""
    rank: int
    """1 for the best of all genres"""


class EvidenceSeconds(ApiModel):
    """A stretch of the trailer that speaks for a genre."""

    genre: str
    """the genre that it speaks for"""
    start_s: float
    """its first second"""
    end_s: float
    """the second at which it ends"""
    score: float
    """the mean score of the genre in it"""


class Word(ApiModel):
    """A word of the plot, title or description that speaks for a genre."""

    genre: str
    """the genre that it speaks for"""
    word: str
    """the word"""
    weight: float
    """how much it adds to the genre's log-odds"""


class Video(ApiModel):
    """The video that was looked at."""

    duration_s: float
    """its length in seconds"""
    width: int
    """of the picture, in pixels"""
    height: int
    """of the picture, in pixels"""
    fps: float
    """frames a second"""
    codec: str
    """of its pictures, such as h264"""
    bytes: int
    """the size of the file"""
    sha256: str
    """the SHA-256 of the file"""


class TrailerIdentity(ApiModel):
    """Whose trailer it is and of which film."""

    external_id: str | None = None
    """your own id of the trailer, the last that was given"""
    external_ids: tuple[str, ...] = ()
    """all ids that were given, the last one last"""
    title: str | None = None
    """yours, else the site's, else made of the file's name"""
    year: int | None = None
    """of the film"""
    imdb_id: str | None = None
    """IMDb's id of the film"""
    film: str | None = None
    """your own id of the film, as it was given"""
    film_id: str | None = None
    """what all trailers of the film share: your id of it, else IMDb's, else external_id, else title and year"""
    franchise: str | None = None
    """the series that the film belongs to"""
    metadata: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """whatever else its owner says of it"""


class Placement(ApiModel):
    """How scores were moved to the library."""

    n: int
    """the number of its trailers that the model was matched to"""
    made_at: datetime | None = None
    """when that was done, null: not yet"""
    priors: str
    """whose shares of the genres the scores suppose: films, library, or a file"""


class Prediction(ApiModel):
    """The genres of a trailer, a poster or a plot, and why."""

    trailer_id: str | None = None
    """the trailer, or a digest of the poster or plot"""
    features_id: str
    """which weights and frame rule made the vectors that were looked at"""
    model_id: str
    """the model that predicted: the SHA-256 of its file"""
    n_frames: int = 0
    """the frames that were looked at, one a second; 0 without a video"""
    genres: list[Score]
    """all genres of the model, the best first"""
    evidence: tuple[EvidenceSeconds, ...] = ()
    """the stretches that drove the verdict"""
    words: tuple[Word, ...] = ()
    """the words that drove it"""
    alone: dict[str, dict[str, float]] = Field(default_factory=dict)
    """the scores by each modality alone: modality, genre, score"""
    contributions: dict[str, dict[str, float]] = Field(default_factory=dict)
    """what each modality, and the evidence for other genres (`other_genres`), adds to a genre's log-odds"""
    modalities: list[str]
    """what was looked at: trailer, poster, plot, title, description, ..."""
    video: Video | None = None
    """the video, null for a poster or a plot"""
    warnings: list[str]
    """what to know before the verdict is trusted"""
    placement: Placement | None = None
    """how the scores were moved to the library, null: they were not"""


class TrailerPrediction(Prediction, TrailerIdentity):
    """The genres of a trailer, and whose it is."""

    flags: tuple[str, ...] = ()
    """what is wrong with its video as a whole: black, few_seconds, still, short"""


class PosterPrediction(Prediction):
    """The genres of a poster."""

    poster: str
    """the SHA-256 to name it by"""

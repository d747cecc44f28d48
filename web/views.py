"""View records of the pages about trailers: what each template is given, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from classifier.prediction import GenrePrediction, GenreScore
from db.records import ModelRecord, TrailerLabels, VideoRecord
from web.comparison import GenreComparison
from web.filters import Filters
from web.queue_views import JobView


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shows around its content; `signed_in` is None where nobody needs to sign in."""

    section: str
    version: str
    signed_in: bool | None = None
    n_running: int = 0
    n_to_review: int = 0


@dataclass(frozen=True, slots=True)
class Strip:
    """The shape of a filmstrip's sprite, frames in pixels; `colors` is RGB, three bytes a second."""

    n_frames: int
    columns: int
    width: int
    height: int
    colors: bytes


@dataclass(frozen=True, slots=True)
class TrailerCard:
    """A trailer in a grid: `genres` are its first, `labels` the tags it came with.

    `disagreement` (0 to 1) says how far tags and verdict are apart, `similarity` (0 to 1) is set among neighbours.
    """

    trailer_id: str
    title: str
    duration_s: float
    genres: tuple[GenreScore, ...]
    uploader: str | None = None
    labels: tuple[str, ...] = ()
    analysed_at: datetime | None = None
    reviewed: bool = False
    disagreement: float | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a person decided: by genre "accept", "reject" or "add"."""

    decisions: Mapping[str, str]
    at: datetime
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PlayerView:
    """Where a trailer can be watched, on its page or in a player, and how each is sent to a second (`worker.sites`)."""

    site: str
    watch_url: str
    embed_url: str
    moment: str
    seek: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrailerPage:
    """Everything of one trailer. `player` is None for a file, `contested` is what lists say of a reviewed one.

    `provenance` are rows of its folded table beyond what the prediction tells: versions, weights, digests.
    """

    trailer_id: str
    title: str
    video: VideoRecord
    uploader: str | None = None
    upload_date: str | None = None
    player: PlayerView | None = None
    file_name: str | None = None
    prediction: GenrePrediction | None = None
    model_name: str | None = None
    strip: Strip | None = None
    labels: TrailerLabels = field(default_factory=TrailerLabels)
    comparison: tuple[GenreComparison, ...] = ()
    plot: str | None = None
    poster_sha256: str | None = None
    similar: tuple[TrailerCard, ...] = ()
    review: ReviewView | None = None
    analysed_at: datetime | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    contested: tuple[TrailerLabels, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmitPage:
    """The first page: jobs that still run or ended just now, and what was analysed lately."""

    jobs: tuple[JobView, ...] = ()
    lately: tuple[TrailerCard, ...] = ()
    max_mb: int = 2048


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of the library; `next_cursor` is None on the last, `n_found` None where nobody counted."""

    cards: tuple[TrailerCard, ...]
    filters: Filters
    genres: tuple[str, ...]
    n_all: int
    n_found: int | None = None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The trailer whose turn it is, None when all are reviewed; `genres` are all that can be added.

    `next_url` is where saving and skipping lead.
    """

    trailer: TrailerPage | None
    genres: tuple[str, ...] = ()
    n_waiting: int = 0
    n_reviewed: int = 0
    next_url: str = "/review"


@dataclass(frozen=True, slots=True)
class TryOutPage:
    """The page that judges a plot or a poster alone; `model_name` is None while no model can."""

    model_name: str | None
    genres: tuple[str, ...] = ()
    n_genres: int = 0


@dataclass(frozen=True, slots=True)
class ModelView:
    """A kept model; `baselines` are the same metrics of answers that look at nothing, by the answer's name.

    `shares` are the genres' shares of the training rows, in the order of `record.genres`; empty where unknown.
    """

    record: ModelRecord
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """All kept models, the one in use first."""

    models: tuple[ModelView, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The token field; `next_url` is where to go then, `wrong` says that the last token was not right."""

    next_url: str = "/"
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong with a request: the HTTP status, and code and message where there are some."""

    status: int
    code: str | None = None
    message: str | None = None

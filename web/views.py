"""View records of the pages about trailers: what each template is given, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.prediction import GenrePrediction
from db.library_records import LibraryTrailer, Review
from db.records import ModelRecord
from extractor.video.filmstrip import Filmstrip
from web.comparison import GenreComparison
from web.library_search import Search
from web.queue_views import Document


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shows around its content; `signed_in` is None where nobody needs to sign in."""

    section: str
    version: str
    signed_in: bool | None = None
    n_running: int = 0
    n_to_review: int = 0


@dataclass(frozen=True, slots=True)
class PlayerView:
    """The addresses where a trailer can be watched, and how its page and its player are sent to a second."""

    site: str
    watch_url: str
    embed_url: str
    moment: str
    seek: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrailerPage:
    """Everything about one trailer; `similar` are others with their similarity, from 0 to 1.

    `player` is None for a file, `review` the newest one.
    """

    trailer: LibraryTrailer
    player: PlayerView | None = None
    prediction: GenrePrediction | None = None
    model_name: str | None = None
    strip: Filmstrip | None = None
    comparison: tuple[GenreComparison, ...] = ()
    similar: tuple[tuple[LibraryTrailer, float], ...] = ()
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class SubmitPage:
    """The first page: the caller's unfinished jobs, and the trailers analysed last."""

    jobs: tuple[Document, ...] = ()
    latest: tuple[LibraryTrailer, ...] = ()
    max_mb: int = 2048


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of the library; `next_cursor` is None on the last, `n_found` None without filters."""

    trailers: tuple[LibraryTrailer, ...]
    search: Search
    genres: tuple[str, ...]
    n_all: int
    n_found: int | None = None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The next trailer to review, None when all are reviewed; `genres` are all that can be added.

    `next_url` is the address after saving or skipping.
    """

    page: TrailerPage | None
    genres: tuple[str, ...] = ()
    n_waiting: int = 0
    n_reviewed: int = 0
    next_url: str = "/review"


@dataclass(frozen=True, slots=True)
class TryOutPage:
    """The page that predicts a plot or a poster on its own; `model_name` is None where no model can."""

    model_name: str | None
    n_genres: int = 0


@dataclass(frozen=True, slots=True)
class ModelView:
    """A stored model; `baselines` are the expected metrics of trivial baselines, by name.

    `shares` are the genres' shares of the training rows, in the order of `record.genres`; empty where unknown.
    """

    record: ModelRecord
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """All stored models, the active ones first."""

    models: tuple[ModelView, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The token field; `next_url` is the address after signing in, `wrong` says that the token was not valid."""

    next_url: str = "/"
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """An error: the HTTP status, and code and message where there are some."""

    status: int
    code: str | None = None
    message: str | None = None

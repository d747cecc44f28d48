"""View records for every page: full ones, the least there can be, and ones full of a stranger's markup."""

from dataclasses import replace
from datetime import date

from classifier.prediction import DrivingWord, Evidence, GenreScore
from db.queue.job_records import Cause, JobError
from db.records import TrailerLabels
from tests.support.film_samples import GENRES, NOW, VIDEO, make_cards, make_prediction, make_strip, make_trailer
from tests.support.queue_samples import (
    CAUSES,
    STAGES,
    make_batch_page,
    make_batches,
    make_health,
    make_jobs,
    make_model,
)
from web.comparison import compare
from web.filters import Filters
from web.queue_views import BatchesPage, BatchPage, BatchView, Health, JobsPage, JobView, PausedLane, RowView
from web.views import (
    ErrorPage,
    LibraryPage,
    LoginPage,
    ModelsPage,
    PlayerView,
    ReviewPage,
    ReviewView,
    Shell,
    SubmitPage,
    TrailerCard,
    TrailerPage,
    TryOutPage,
)
from worker.service.doctor import Finding

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></textarea></title>{{ 7*7 }}"
SHELL = Shell("submit", "0.1.0", signed_in=True, n_running=3, n_to_review=1284)
COLUMNS = {
    "source": ("url", "link", "trailer_url", "path", "youtube_id"),
    "id": ("id", "imdb_id", "tmdb_id"),
    "title": ("title", "name"),
    "genres": ("genres", "labels", "tags"),
    "plot": ("plot", "overview", "synopsis"),
    "poster": ("poster", "poster_path", "image"),
}


def full_pages() -> dict[str, object]:
    """Return a view for each template, with everything there can be."""
    filters = Filters("quiet", "Horror", 0.4, 0.95, date(2026, 11, 1), None, disagree=True, reviewed=False)
    codes = {cause.code: cause.n for cause in CAUSES}
    models = (
        make_model("starter", active=True, modality="poster+plot"),
        make_model("plots", active=False, modality="plot"),
    )
    return {
        "submit": SubmitPage(make_jobs()[:5], make_cards()),
        "trailer": make_trailer(),
        "library": LibraryPage(make_cards(), filters, GENRES, n_all=12840, n_found=214, next_cursor="eyJ"),
        "batches": BatchesPage(make_batches(), COLUMNS),
        "batch": make_batch_page(),
        "review": ReviewPage(replace(make_trailer(), review=None), GENRES, 1284, 316, "/review?after=youtube:x"),
        "plot": TryOutPage("starter", GENRES, 22),
        "poster": TryOutPage("starter", GENRES, 22),
        "models": ModelsPage(models),
        "jobs": JobsPage(make_jobs(), STAGES, codes, next_cursor="x", health=make_health()),
        "login": LoginPage("/library", wrong=True),
        "error": ErrorPage(404, "not_found", "There is no trailer youtube:nothing0000."),
    }  # fmt: skip


def minimal_pages() -> dict[str, object]:
    """Return a view for each template, with the least there can be."""
    bare = TrailerPage("file:0123456789abcdef", "clip.mp4", VIDEO, file_name="clip.mp4")
    return {
        "submit": SubmitPage(),
        "trailer": bare,
        "library": LibraryPage((), Filters(), (), n_all=0),
        "batches": BatchesPage(),
        "batch": BatchPage(BatchView("b9", "one.txt", 0, {}, NOW)),
        "review": ReviewPage(None),
        "plot": TryOutPage(None),
        "poster": TryOutPage(None),
        "models": ModelsPage(),
        "jobs": JobsPage(),
        "login": LoginPage(),
        "error": ErrorPage(503),
    }


def hostile_pages() -> dict[str, object]:
    """Return a view for each template in which every text of a stranger is markup."""
    evil, prediction = HOSTILE, make_prediction()
    genres = (GenreScore(evil, 0.8, 0.4, passed=True, rank=1),)
    verdict = replace(
        prediction, genres=genres, evidence=(Evidence(evil, 1, 5, 0.9),), timeline={evil: (0.1, 0.9)},
        words=(DrivingWord(evil, evil, 1.0),), warnings=(evil,), model_id=evil, features_id=evil, modalities=(evil,),
    )  # fmt: skip
    labels = TrailerLabels((evil,), source=evil)
    card = TrailerCard(evil, evil, 10, genres, evil, (evil,), NOW, disagreement=0.5)
    error = JobError("internal", "retry", evil)
    job = JobView(evil, evil, evil, evil, "failed", NOW, NOW, error=error, genres=genres, batch_id=evil)
    batch = BatchView(evil, evil, 1, {"failed": 1}, NOW, (Cause(evil, "permanent", 1),))
    trailer = TrailerPage(
        evil, evil, replace(VIDEO, codec=evil, sha256=evil), evil, evil,
        PlayerView(evil, "https://x/" + evil, "https://x/" + evil, evil, (evil,)), evil, verdict, evil, make_strip(),
        labels, compare(labels, genres), evil, evil, (card,),
        ReviewView({evil: "accept"}, NOW, evil, evil), NOW, {evil: evil}, (labels,),
    )  # fmt: skip
    model = make_model(evil, active=True, modality=evil)
    record = replace(model.record, genres=(evil,), thresholds=(0.4,), trained_on=evil, head=evil, features_id=evil)
    health = Health((Finding(evil, "failed", evil, evil),), (), (PausedLane(evil, evil, NOW, 1, evil),), {evil: evil})
    return {
        "submit": SubmitPage((job,), (card,)),
        "trailer": trailer,
        "library": LibraryPage((card,), Filters(evil, evil), (evil,), 1, 1, evil),
        "batches": BatchesPage((batch,), {evil: (evil,)}),
        "batch": BatchPage(batch, (RowView(1, evil, "failed", evil, evil, genres, error, evil),), evil, evil),
        "review": ReviewPage(replace(trailer, review=None), (evil,), 1, 0, "/review?after=" + evil),
        "plot": TryOutPage(evil, (evil,), 1),
        "poster": TryOutPage(evil, (evil,), 1),
        "models": ModelsPage((replace(model, record=record, shares=(0.5,), baselines={evil: {"macro_ap": 0.1}}),)),
        "jobs": JobsPage((job,), {"failed": 1}, {evil: 1}, evil, evil, evil, health),
        "login": LoginPage("/library?q=" + evil, wrong=True),
        "error": ErrorPage(404, evil, evil),
    }

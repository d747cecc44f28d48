"""View records for every page: full ones, the least there can be, and ones full of a stranger's markup."""

from dataclasses import replace
from datetime import date

from classifier.prediction import DrivingWord, Evidence, GenreScore
from db.library_records import Verdict
from db.records import Source, TrailerLabels
from tests.support.film_samples import (
    GENRES,
    NOW,
    VIDEO,
    make_library,
    make_prediction,
    make_review,
    make_strip,
    make_trailer,
)
from tests.support.queue_samples import (
    CAUSES,
    STAGES,
    make_batch,
    make_batch_page,
    make_batches,
    make_health,
    make_jobs,
    make_model,
)
from web.comparison import compare
from web.library_search import Search
from web.queue_views import BatchesPage, BatchPage, Health, JobsPage, PausedLane
from web.views import (
    ErrorPage,
    LibraryPage,
    LoginPage,
    ModelsPage,
    PlayerView,
    ReviewPage,
    Shell,
    SubmitPage,
    TrailerPage,
    TryOutPage,
)
from worker.batches.rows import ResultRow
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
    search = Search(
        q="quiet",
        genre=["Horror"],
        min_score=0.4,
        max_score=0.95,
        since=date(2026, 11, 1),
        disagree=True,
        reviewed=False,
    )
    codes = {str(cause["code"]): int(str(cause["n"])) for cause in CAUSES}
    models = (
        make_model("starter", active=True, modality="poster+plot"),
        make_model("plots", active=False, modality="plot"),
    )
    return {
        "submit": SubmitPage(make_jobs()[:3], make_library()),
        "trailer": make_trailer(),
        "library": LibraryPage(make_library(), search, GENRES, n_all=12840, n_found=214, next_cursor="eyJ"),
        "batches": BatchesPage(make_batches(), COLUMNS),
        "batch": make_batch_page(),
        "review": ReviewPage(replace(make_trailer(), review=None), GENRES, 1284, 316, "/review?after=youtube:x"),
        "plot": TryOutPage("starter", 22),
        "poster": TryOutPage("starter", 22),
        "models": ModelsPage(models),
        "jobs": JobsPage(make_jobs(), STAGES, codes, next_cursor="x", health=make_health()),
        "login": LoginPage("/library", wrong=True),
        "error": ErrorPage(404, "not_found", "There is no trailer youtube:nothing0000."),
    }  # fmt: skip


def minimal_pages() -> dict[str, object]:
    """Return a view for each template, with the least there can be."""
    file = Source("clip.mp4", "file", "0123456789abcdef")
    bare = replace(make_library()[0], trailer_id="file:0123456789abcdef", source=file, verdict=None)
    return {
        "submit": SubmitPage(),
        "trailer": TrailerPage(bare),
        "library": LibraryPage((), Search(), (), n_all=0),
        "batches": BatchesPage(),
        "batch": BatchPage(make_batch("b9", "one.txt", 0, {})),
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
    brief = Verdict(evil, evil, (evil,), {evil: 0.8}, (evil,), (evil,), NOW, 0.5, (evil,))
    stored = replace(
        make_library()[0], trailer_id=evil, source=Source(evil, evil, evil, evil, evil, evil), labels=labels, plot=evil,
        video=replace(VIDEO, codec=evil, sha256=evil), poster_sha256=evil, verdict=brief, contested=(labels,),
    )  # fmt: skip
    error = {"code": evil, "message": evil}
    job = {**make_jobs()[4], "job_id": evil, "trailer_id": evil, "title": evil, "source": evil, "error": error}
    job["batches"] = [evil]
    batch = make_batch(evil, evil, 1, {"failed": 1}, causes=({"code": evil, "class": evil, "n": 1},), notes=(evil,))
    row = ResultRow(row=1, source=evil, status="failed", title=evil, trailer_id=evil, code=evil, message=evil)
    predicted = replace(row, status="done", code=None, genres=((evil, 0.5),), passed=(evil,))
    trailer = TrailerPage(
        stored, PlayerView(evil, "https://x/" + evil, "https://x/" + evil, evil, (evil,)), verdict, evil, make_strip(),
        compare(labels, genres), ((stored, 0.5),), make_review({evil: "accept"}, evil),
    )  # fmt: skip
    search = Search.model_construct(q=evil, genre=[evil])
    model = make_model(evil, active=True, modality=evil)
    record = replace(model.record, genres=(evil,), thresholds=(0.4,), trained_on=evil, head=evil, features_id=evil)
    health = Health((Finding(evil, "failed", evil, evil),), (), (PausedLane(evil, evil, NOW, 2),), {evil: evil})
    return {
        "submit": SubmitPage((job,), (stored,)),
        "trailer": trailer,
        "library": LibraryPage((stored,), search, (evil,), 1, 1, evil),
        "batches": BatchesPage((batch,), {evil: (evil,)}),
        "batch": BatchPage(batch, (row, predicted), evil, 1),
        "review": ReviewPage(replace(trailer, review=None), (evil,), 1, 0, "/review?after=" + evil),
        "plot": TryOutPage(evil, 1),
        "poster": TryOutPage(evil, 1),
        "models": ModelsPage((replace(model, record=record, shares=(0.5,), baselines={evil: {"macro_ap": 0.1}}),)),
        "jobs": JobsPage((job,), {"failed": 1}, {evil: 1}, evil, evil, evil, health),
        "login": LoginPage("/library?q=" + evil, wrong=True),
        "error": ErrorPage(404, evil, evil),
    }

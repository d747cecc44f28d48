"""View records as pages get them: full ones, the least there can be, and ones full of a stranger's markup."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore
from db.job_records import JobError, Worker
from db.records import ModelCard, ModelRecord, TrailerLabels, VideoRecord
from web.comparison import compare
from web.filters import Filters
from web.queue_views import (
    BatchesPage,
    BatchPage,
    BatchView,
    Cause,
    Health,
    HealthCheck,
    JobsPage,
    JobView,
    PausedLane,
    RowView,
)
from web.views import (
    ErrorPage,
    LibraryPage,
    LoginPage,
    ModelsPage,
    ModelView,
    ReviewPage,
    ReviewView,
    Shell,
    Strip,
    SubmitPage,
    TrailerCard,
    TrailerPage,
    TryOutPage,
)

NOW = datetime(2026, 11, 21, 22, 42, tzinfo=UTC)
GENRES = (
    "Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
    "Film-Noir", "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport", "Thriller", "War",
    "Western",
)  # fmt: skip
SCORES = {"Horror": 0.91, "Thriller": 0.74, "Mystery": 0.46, "Drama": 0.41, "Sci-Fi": 0.22, "Fantasy": 0.13}
SECONDS = 142
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></textarea></title>{{ 7*7 }}"

SHELL = Shell("submit", "0.1.0", signed_in=True, n_running=3, n_to_review=1284)
PLOT = (
    "When a deep-sea rescue crew answers a distress call from a drowned research station, they find it sealed from "
    "the inside, its crew dead or missing, and something patient waiting in the dark between the compartments."
)
TITLES = (
    ("The Quiet Below – Official Trailer #2 (2026)", "Meridian Pictures", ("Horror", "Thriller")),
    ("Two Left Feet", "Aurora Filmverleih", ("Comedy", "Romance")),
    ("Kilometre Zero | Offizieller Trailer Deutsch", "Kinowelt Arthaus", ("Documentary",)),
    ("The Last Cartographer of the Northern Provinces and His Daughter’s Improbable Return", "Studio North", ()),
    ("Ironheart Station", "Meridian Pictures", ("Sci-Fi", "Action", "Adventure")),
    ("Mme. Oiseau", "Pathé Lumière", ("Drama", "Biography")),
    ("Paper Tigers", "Lotus Entertainment", ("Animation", "Family")),
    ("Dust & Thunder", "Frontier Releasing", ("Western",)),
)
TOPS = (
    (("Horror", 0.91), ("Thriller", 0.74), ("Mystery", 0.46)),
    (("Comedy", 0.88), ("Romance", 0.69), ("Drama", 0.44)),
    (("Documentary", 0.79), ("History", 0.38), ("Drama", 0.31)),
    (("Drama", 0.66), ("Adventure", 0.57), ("Family", 0.29)),
    (("Sci-Fi", 0.94), ("Action", 0.82), ("Thriller", 0.51)),
    (("Drama", 0.83), ("Romance", 0.47), ("Music", 0.21)),
    (("Animation", 0.97), ("Family", 0.85), ("Comedy", 0.58)),
    (("Drama", 0.49), ("Western", 0.36), ("War", 0.33)),
)


def score_genres(pairs: tuple[tuple[str, float], ...]) -> tuple[GenreScore, ...]:
    cut = {"Drama": 0.48, "Mystery": 0.5, "Horror": 0.35, "Thriller": 0.42}
    rows = ((genre, score, cut.get(genre, 0.4)) for genre, score in pairs)
    return tuple(GenreScore(g, s, t, passed=s >= t, rank=rank) for rank, (g, s, t) in enumerate(rows, 1))


def trailer_id(number: int) -> str:
    return f"youtube:Sample{number:05}"


def make_cards(n: int = 8) -> tuple[TrailerCard, ...]:
    return tuple(
        TrailerCard(
            trailer_id(i),
            title,
            duration_s=94 + 17 * i % 80,
            genres=score_genres(TOPS[i]),
            uploader=uploader,
            labels=labels,
            analysed_at=NOW - timedelta(minutes=3 + 260 * i),
            reviewed=i % 4 == 1,
            disagreement=(0.0, 0.0, 0.12, None, 0.21, 0.36, 0.05, 0.64)[i],
        )
        for i, (title, uploader, labels) in enumerate(TITLES[:n])
    )


def make_timeline() -> dict[str, tuple[float, ...]]:
    def wave(place: int, peak: float) -> tuple[float, ...]:
        centre = (97, 61, 33, 20, 118, 131)[place]
        return tuple(
            min(0.99, max(0.01, 0.12 + peak * math.exp(-(((s - centre) / (7 + place)) ** 2))
                          + 0.13 * math.sin(s / (3 + place)) ** 2 * peak))
            for s in range(SECONDS)
        )  # fmt: skip

    return {genre: wave(place, score) for place, (genre, score) in enumerate(SCORES.items())}


def make_strip() -> Strip:
    colors = bytes(
        value
        for s in range(SECONDS)
        for value in (
            int(60 + 50 * math.sin(s / 9) + 30 * (s % 7 == 0)), int(50 + 34 * math.sin(s / 14 + 1)),
            int(70 + 60 * math.sin(s / 21 + 2)),
        )
    )  # fmt: skip
    return Strip(SECONDS, columns=20, width=96, height=54, colors=colors)


def make_prediction() -> GenrePrediction:
    rest = tuple((genre, 0.11 - 0.006 * i) for i, genre in enumerate(g for g in GENRES if g not in SCORES))
    return GenrePrediction(
        model_id="9f2a42332a625e7d09b1c3f4d5a6978812bc34de56f7890a1b2c3d4e5f60718293",
        features_id="inception_v3-imagenet-1a2b3c4d-r1",
        genres=score_genres((*SCORES.items(), *rest)),
        evidence=(
            Evidence("Horror", 92, 103, 0.93),
            Evidence("Thriller", 56, 67, 0.81),
            Evidence("Mystery", 29, 38, 0.57),
            Evidence("Drama", 17, 22, 0.52),
        ),
        timeline=make_timeline(),
        modalities=("trailer", "poster", "plot"),
        words=(
            DrivingWord("Horror", "dead", 1.4),
            DrivingWord("Horror", "dark", 1.1),
            DrivingWord("Thriller", "missing", 0.8),
            DrivingWord("Mystery", "sealed", 0.6),
        ),
        warnings=("Unsure, too close to the threshold to call: Mystery (0.46).",),
    )


VIDEO = VideoRecord(142.3, 1920, 1080, 23.976, "h264", 38_412_776, "43a3b6f850dbba93" * 4)
LABELS = TrailerLabels(("Horror", "Thriller", "Drama", "Sport-Drama"), source="IMDb", imdb_id="tt1234567")


def make_trailer() -> TrailerPage:
    prediction = make_prediction()
    return TrailerPage(
        trailer_id(0),
        TITLES[0][0],
        "youtube",
        VIDEO,
        uploader="Meridian Pictures",
        upload_date="2026-09-30",
        watch_url="https://www.youtube.com/watch?v=Sample00000",
        embed_url="https://www.youtube-nocookie.com/embed/Sample00000",
        prediction=prediction,
        model_name="trailers-gru",
        strip=make_strip(),
        labels=LABELS,
        comparison=compare(LABELS, prediction.genres),
        plot=PLOT,
        poster_sha256="ab" * 32,
        similar=tuple(
            replace(card, similarity=0.93 - 0.04 * i, labels=(), reviewed=False, disagreement=None)
            for i, card in enumerate(make_cards()[3:])
        ),
        review=ReviewView(
            {"Horror": "accept", "Drama": "reject"}, at=NOW, by="anna", note="Drama only in the credits."
        ),
        analysed_at=NOW - timedelta(hours=2),
        provenance={"Weights’ sha256": "1a2b3c4d" * 8, "Versions": "ffmpeg 6.1.1, keras 3.15.1"},
    )


def make_jobs() -> tuple[JobView, ...]:
    def job(number: int, stage: str, **given: object) -> JobView:
        base = JobView(
            f"job{number}",
            trailer_id(number),
            TITLES[number][0],
            f"https://www.youtube.com/watch?v=Sample{number:05}",
            stage,
            created_at=NOW - timedelta(minutes=9),
            updated_at=NOW - timedelta(minutes=number),
        )
        return replace(base, **given)  # type: ignore[arg-type]

    away = "HTTP 429 at 2026-11-21T22:40Z from rr3.googlevideo.com; the lane download:youtube is paused for 10 min"
    return (
        job(0, "extracting", lane="extract", attempts=1, done=61, total=142),
        job(1, "downloading", lane="download", attempts=2),
        job(2, "queued", lane="download"),
        job(4, "done", attempts=1, genres=score_genres(TOPS[4]), finished_at=NOW),
        job(3, "failed", attempts=1, error=JobError("geo_blocked", "permanent", "The uploader has not made it available in Germany."), finished_at=NOW),
        job(5, "failed", attempts=3, error=JobError("rate_limited", "operator", away), batch_id="b1"),
        job(6, "cancelled", finished_at=NOW),
    )  # fmt: skip


STAGES = {"queued": 1210, "downloading": 4, "extracting": 2, "classifying": 1, "done": 2611, "failed": 157, "dead": 15}
CAUSES = (
    Cause("unavailable", "permanent", 88),
    Cause("rate_limited", "operator", 41),
    Cause("network_timeout", "retry", 28),
    Cause("bad_source", "permanent", 15),
)


def make_batches() -> tuple[BatchView, ...]:
    return (
        BatchView("b1", "autumn_slate_2026.csv", 4000, STAGES, NOW - timedelta(hours=5), CAUSES),
        BatchView("b2", "festival.txt", 212, {"done": 212}, NOW - timedelta(days=3)),
        BatchView("b3", "catalogue-backfill.jsonl", 90, {"done": 71, "cancelled": 19}, NOW - timedelta(days=8)),
    )


def make_batch_page() -> BatchPage:
    rows = [
        RowView(i + 1, f"https://youtu.be/Sample{i:05}", "done", title, trailer_id(i), score_genres(TOPS[i]))
        for i, (title, _, _) in enumerate(TITLES)
    ]
    gone = JobError("unavailable", "permanent", "Video unavailable. This video has been removed by the uploader")
    rows[3] = replace(rows[3], stage="failed", genres=(), error=gone)
    rows[5] = replace(rows[5], stage="extracting", genres=())
    rows[6] = replace(rows[6], stage="done", note="poster can't be read, left out: not a picture")
    return BatchPage(make_batches()[0], tuple(rows), next_cursor="abc")


def make_model(name: str, *, active: bool, modality: str) -> ModelView:
    metrics = {
        "macro_ap": 0.613, "micro_ap": 0.706, "macro_auc": 0.896, "macro_f1": 0.578, "micro_f1": 0.652,
        "hit_at_1": 0.849, "hit_at_3": 0.988, "precision_at_3": 0.646, "brier": 0.067, "ece": 0.009,
    }  # fmt: skip
    prior = {name: value * 0.4 for name, value in metrics.items() if name not in ("brier", "ece")}
    record = ModelRecord(
        "0efe6400768f531241c2772db47cddc9a0eac8de025bcefc8897981efa10a33e",
        name, "late", GENRES, tuple(0.2 + 0.015 * i for i in range(len(GENRES))), metrics,
        "inception_v3-imagenet-1a2b3c4d-r1", "7233 posters of posters_imdb7k.zip and 5307 of posters_hetrec5k.zip",
        ModelCard(modality, 12540, 1505, 1446, 7, "e897a758" * 8, "5f" * 32, "f1", {"keras": "3.15.1"}),
        NOW - timedelta(days=2), active,
    )  # fmt: skip
    baselines = {"prior": prior, "random": {name: value * 0.3 for name, value in prior.items()}}
    return (
        ModelView(record, baselines, tuple(0.5 / (i + 1) for i in range(len(GENRES)))) if active else ModelView(record)
    )


def make_health() -> Health:
    return Health(
        checks=(
            HealthCheck("database", "ok", "MongoDB 6.0.14, private, on a socket in /var/lib/trailers"),
            HealthCheck("queue", "ok", "1210 queued, 3 running"),
            HealthCheck("downloads", "warning", "download:youtube paused", "wait, or change the outgoing address"),
            HealthCheck("broker", "failed", "broker_unavailable: no Redis answers at REDIS_URL", "start it"),
        ),
        workers=(
            Worker("w1", "gpu-01", ("extract", "classify"), "s1", NOW - timedelta(days=1), NOW - timedelta(seconds=4)),
            Worker("w2", "edge-7", ("download",), "s2", NOW - timedelta(hours=3), NOW - timedelta(seconds=9)),
        ),
        paused=(
            PausedLane("download:youtube", "rate_limited", NOW + timedelta(minutes=8), 2, "It goes on by itself."),
        ),
        versions={"trailers": "0.1.0", "Python": "3.11.7", "yt-dlp": "2026.11.15"},
    )


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
        "jobs": JobsPage(make_jobs(), STAGES, {cause.code: cause.n for cause in CAUSES}, next_cursor="x", health=make_health()),
        "login": LoginPage("/library", wrong=True),
        "error": ErrorPage(404, "not_found", "There is no trailer youtube:nothing0000."),
    }  # fmt: skip


def minimal_pages() -> dict[str, object]:
    """Return a view for each template, with the least there can be."""
    bare = TrailerPage("file:0123456789abcdef", "clip.mp4", "file", VIDEO, file_name="clip.mp4")
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
    batch = BatchView(evil, evil, 1, {"failed": 1}, NOW, (Cause(evil, evil, 1),))
    trailer = TrailerPage(
        evil, evil, evil, replace(VIDEO, codec=evil, sha256=evil), evil, evil, "https://x/" + evil, "https://x/" + evil,
        evil, verdict, evil, make_strip(), labels, compare(labels, genres), evil, evil, (card,),
        ReviewView({evil: "accept"}, NOW, evil, evil), NOW, {evil: evil},
    )  # fmt: skip
    model = make_model(evil, active=True, modality=evil)
    record = replace(model.record, genres=(evil,), thresholds=(0.4,), trained_on=evil, head=evil, features_id=evil)
    health = Health(
        (HealthCheck(evil, "failed", evil, evil),), (), (PausedLane(evil, evil, NOW, 1, evil),), {evil: evil}
    )
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

"""Jobs, batches, models and the health of a service as pages get them."""

from dataclasses import replace
from datetime import timedelta

from db.queue.job_records import Cause, JobError, Worker
from db.records import ModelCard, ModelRecord
from tests.support.film_samples import GENRES, NOW, TITLES, TOPS, score_genres, trailer_id
from web.queue_views import BatchPage, BatchView, Health, JobView, PausedLane, RowView
from web.views import ModelView
from worker.service.doctor import Finding


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

    blocked = JobError("geo_blocked", "permanent", "The uploader has not made it available in Germany.")
    away = "HTTP 429 at 2026-11-21T22:40Z from rr3.googlevideo.com; the lane download:youtube is paused for 10 min"
    return (
        job(0, "extracting", lane="extract", attempts=1, done=61, total=142),
        job(1, "downloading", lane="download", attempts=2),
        job(2, "queued", lane="download"),
        job(4, "done", attempts=1, genres=score_genres(TOPS[4]), finished_at=NOW),
        job(3, "failed", attempts=1, error=blocked, finished_at=NOW),
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
            Finding("database", "ok", "MongoDB 6.0.14, private, on a socket in /var/lib/trailers"),
            Finding("queue", "ok", "1210 queued, 3 running"),
            Finding("downloads", "warning", "download:youtube paused", "wait, or change the outgoing address"),
            Finding("broker", "failed", "broker_unavailable: no Redis answers at REDIS_URL", "start it"),
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

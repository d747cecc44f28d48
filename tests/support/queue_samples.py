"""Jobs, batches, models and the health of a service as pages get them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from db.queue.job_records import Worker
from db.queue.pace_records import LanePace, Pace
from db.queue.throttle import Pause
from db.records import ModelCard, ModelChange, ModelRecord
from tests.support.film_samples import GENRES, NOW, TITLES, TOPS, trailer_id
from worker.batches.rows import ResultRow

Document = Mapping[str, Any]
Model = tuple[ModelRecord, Mapping[str, Mapping[str, float]], tuple[float, ...]]


def make_jobs() -> tuple[Document, ...]:
    def job(number: int, stage: str, **fields: object) -> Document:
        return {
            "job_id": f"job{number}",
            "trailer_id": trailer_id(number),
            "title": TITLES[number][0],
            "external_id": None,
            "source": f"https://www.youtube.com/watch?v=Sample{number:05}",
            "stage": stage,
            "updated_at": NOW - timedelta(minutes=number),
            "attempts": 1,
            "progress": {},
            "seconds": {"download": 4.0, "extract": 61.5} if stage == "done" else {},
            "not_before": None,
            "error": None,
            "batches": [],
            "result": None,
            **fields,
        }

    passed = {"genre": "Drama", "score": 0.8, "threshold": 0.5, "passed": True}
    blocked = {
        "code": "geo_blocked",
        "class": "permanent",
        "message": "The uploader has not made it available in Germany.",
    }
    away = "HTTP 429 at 2026-11-21T22:40Z from rr3.googlevideo.com; the lane download:youtube is paused for 10 min"
    return (
        job(0, "extracting", progress={"done": 61, "total": 142}),
        job(1, "downloading", attempts=2),
        job(2, "queued", attempts=0),
        job(4, "done", result={"genres": [passed]}),
        job(3, "failed", error=blocked),
        job(
            5,
            "failed",
            attempts=3,
            error={"code": "rate_limited", "class": "operator", "message": away},
            batches=["b1"],
        ),
        job(6, "cancelled"),
    )


STAGES = {"queued": 1210, "downloading": 4, "extracting": 2, "classifying": 1, "done": 2611, "failed": 157, "dead": 15}
CAUSES = (
    {"code": "unavailable", "class": "permanent", "n": 88, "retryable": 0},
    {"code": "rate_limited", "class": "operator", "n": 41, "retryable": 41},
    {"code": "network_timeout", "class": "retry", "n": 28, "retryable": 28},
    {"code": "bad_source", "class": "permanent", "n": 15, "retryable": 0},
)


def make_batch(batch_id: str, name: str, n_rows: int, stages: Mapping[str, int], **fields: object) -> Document:
    batch = {"batch_id": batch_id, "name": name, "n_rows": n_rows, "stages": stages, "created_at": NOW}
    return {**batch, "causes": (), "notes": (), "finished": False, **fields}


def make_batches() -> tuple[Document, ...]:
    backfill = {"done": 71, "cancelled": 19}
    return (
        make_batch("b1", "autumn_slate_2026.csv", 4000, STAGES, causes=CAUSES, notes=("not used: the columns 'Year'",)),
        make_batch("b2", "festival.txt", 212, {"done": 212}, finished=True),
        make_batch("b3", "catalogue-backfill.jsonl", 90, backfill, finished=True),
    )


def make_rows() -> list[ResultRow]:
    rows = [
        ResultRow(
            row=i + 1, source=f"https://youtu.be/Sample{i:05}", status="done", title=title,
            trailer_id=trailer_id(i), genres=TOPS[i], passed=(TOPS[i][0][0],),
        )
        for i, (title, _, _) in enumerate(TITLES)
    ]  # fmt: skip
    gone = "Video unavailable. This video has been removed by the uploader"
    rows[3] = replace(rows[3], status="failed", genres=(), code="unavailable", message=gone)
    rows[5] = replace(rows[5], status="extracting", genres=())
    rows[6] = replace(rows[6], message="poster can't be read, left out: not a picture")
    return rows


def make_model(name: str, *, active: bool, modality: str) -> Model:
    """Return a stored model, the metrics of its baselines, and the shares of its genres; none unless it is active."""
    metrics = {
        "macro_ap": 0.613, "micro_ap": 0.706, "macro_auc": 0.896, "macro_f1": 0.578, "micro_f1": 0.652,
        "hit_at_1": 0.849, "hit_at_3": 0.988, "precision_at_3": 0.646, "brier": 0.067, "ece": 0.009,
    }  # fmt: skip
    prior = {name: value * 0.4 for name, value in metrics.items() if name not in ("brier", "ece")}
    record = ModelRecord(
        "0efe6400768f531241c2772db47cddc9a0eac8de025bcefc8897981efa10a33e",
        name, "late", GENRES, tuple(0.2 + 0.015 * i for i in range(len(GENRES))), metrics,
        "inception_v3-imagenet-1a2b3c4d-r2", "7233 posters of posters_imdb7k.zip and 5307 of posters_hetrec5k.zip",
        ModelCard(modality, 12540, 1505, 1446, 7, "e897a758" * 8, "5f" * 32, "f1", {"keras": "3.15.1"}),
        NOW - timedelta(days=2), active, "in_use" if active else "candidate",
    )  # fmt: skip
    baselines = {"prior": prior, "random": {name: value * 0.3 for name, value in prior.items()}}
    return (record, baselines, tuple(0.5 / (i + 1) for i in range(len(GENRES)))) if active else (record, {}, ())


def make_change(by: str, why: str) -> ModelChange:
    """Return a promotion of the stored model."""
    model_id, figures = "0efe6400768f531241c2772db47cddc9a0eac8de025bcefc8897981efa10a33e", {"difference": 0.03}
    return ModelChange(2, "promote", "x-r2", "plot", model_id, None, model_id, None, by, why, figures, NOW)


def make_health() -> dict[str, object]:
    return {
        "database": "6.0.14",
        "disks": [{"message": "41.0 GB free", "trouble": ""}],
        "pace": Pace(NOW, (LanePace("download", 1210, 0, 4, NOW - timedelta(minutes=9), None, 300.0),), (), (), 298),
        "network": {"message": "starter-recon2015-937c59a5-r2", "trouble": "The starter stands in."},
        "n_alive": 2,
        "workers": (
            Worker("w1", "gpu-01", ("extract", "classify"), "s1", NOW - timedelta(days=1), NOW - timedelta(seconds=4)),
            Worker("w2", "edge-7", ("download",), "s2", NOW - timedelta(hours=3), NOW - timedelta(seconds=9)),
        ),
        "pauses": {"download:youtube": Pause(NOW + timedelta(minutes=8), "rate_limited", 2)},
        "versions": {"trailers": "0.1.0", "Python": "3.11.7", "yt-dlp": "2026.11.15"},
    }

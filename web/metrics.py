"""Metrics for Prometheus: the queue and the library as they are when it asks."""

from collections import Counter

from prometheus_client import CollectorRegistry, Gauge

from db.library_records import LibraryQuery
from db.queue.job_records import ALL_STAGES
from db.queue.jobs import JobFilter
from db.store import Store
from worker.service.supervisor import ALIVE_S


def read_metrics(store: Store) -> CollectorRegistry:
    """Return the metrics of a database."""
    metrics = CollectorRegistry()
    jobs = Gauge("trailers_jobs", "Jobs by stage.", ["stage"], registry=metrics)
    stages = store.jobs.count(JobFilter())
    for stage in ALL_STAGES:
        jobs.labels(stage).set(stages.get(stage, 0))
    workers = Gauge("trailers_workers", "Workers seen within a minute, by lane.", ["lane"], registry=metrics)
    alive = store.workers.alive(within_s=ALIVE_S)
    for lane, n_workers in sorted(Counter(lane for worker in alive for lane in worker.lanes).items()):
        workers.labels(lane).set(n_workers)
    paused = Gauge("trailers_paused_lanes", "Paused download lanes, by cause.", ["lane", "code"], registry=metrics)
    for lane, pause in store.throttle.pauses().items():
        paused.labels(lane, pause.code).set(1)
    library = Gauge("trailers_library", "Trailers stored.", registry=metrics)
    library.set(store.library.count(LibraryQuery()))
    return metrics

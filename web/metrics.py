"""Metrics for Prometheus: the queue and the library as they are when it asks."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from db.library_records import LibraryQuery
from db.queue.job_records import ALL_STAGES
from db.queue.jobs import JobFilter
from db.store import Store
from worker.service.supervisor import ALIVE_S


def make_registry(store: Store) -> CollectorRegistry:
    """Return the metrics of a database."""
    registry = CollectorRegistry()
    registry.register(_Counts(store))
    return registry


class _Counts(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        """Describe nothing in advance: only `collect` asks the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges."""
        stages = self._store.jobs.count(JobFilter())
        jobs = GaugeMetricFamily("trailers_jobs", "Jobs by stage.", labels=["stage"])
        for stage in ALL_STAGES:
            jobs.add_metric([stage], stages.get(stage, 0))
        yield jobs
        workers = self._store.workers.alive(within_s=ALIVE_S)
        lanes = GaugeMetricFamily("trailers_workers", "Workers seen within a minute, by lane.", labels=["lane"])
        for lane in sorted({lane for worker in workers for lane in worker.lanes}):
            lanes.add_metric([lane], sum(lane in worker.lanes for worker in workers))
        yield lanes
        paused = GaugeMetricFamily("trailers_paused_lanes", "Paused download lanes, by cause.", labels=["lane", "code"])
        for lane, pause in self._store.throttle.pauses().items():
            paused.add_metric([lane, pause.code], 1)
        yield paused
        yield GaugeMetricFamily("trailers_library", "Trailers stored.", value=self._store.library.count(LibraryQuery()))

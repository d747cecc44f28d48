"""Waiting until jobs are finished, with progress on a terminal."""

import time
from collections.abc import Callable

from db.queue.job_records import ALL_STAGES, FINISHED
from db.queue.jobs import JobFilter
from worker.runtime import Runtime

POLL_S = 0.5
REST = 20  # times as long as a count took: counting a list of 26,000 takes the database 0.06 s
LONGEST_S = 3.0

OnCount = Callable[[int, int, str], None]


def wait_for(
    runtime: Runtime,
    wanted: JobFilter,
    *,
    timeout_s: float | None = None,
    on_count: OnCount = lambda done, total, words: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> bool:
    """Return True when all these jobs are finished, False when `timeout_s` seconds are over first.

    `on_count` gets how many are finished, of how many, and the stages in words; `meanwhile` is called before each
    count.
    """
    deadline = float("inf") if timeout_s is None else time.monotonic() + timeout_s
    while True:
        meanwhile()
        begun = time.monotonic()
        counts = runtime.patiently(lambda: runtime.store.jobs.count(wanted), check=meanwhile)
        done, total = sum(counts.get(stage, 0) for stage in FINISHED), sum(counts.values())
        on_count(done, total, in_words(counts))
        if done == total:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(min(LONGEST_S, max(POLL_S, REST * (time.monotonic() - begun))))


def in_words(counts: dict[str, int]) -> str:
    """Return the counts of stages in words, in the order a job goes through them."""
    return ", ".join(f"{counts[stage]} {stage}" for stage in ALL_STAGES if counts.get(stage))

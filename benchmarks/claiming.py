"""What a claim costs: from a short queue, from long ones, and past jobs that this worker may not have."""

import secrets
import statistics
import time

from benchmarks.homes import temporary_home
from db.opening import open_store
from db.queue.claims import Where
from db.queue.job_records import Claim, NewJob, Result
from db.store import Store
from tests.support.queue_jobs import new_jobs

N_LONG = 10_000
N_CLAIMS = 60
SETTLE_S = 2.0  # after many writes at once


def main() -> None:
    """Print what a claim takes in each situation, against the first situation and a small write in the same moment."""
    print(f"claiming: medians of {N_CLAIMS} claims, each followed by another journalled write, embedded database")
    print(f"{'queue':>36}{'claim ms':>10}{'ratio':>8}{'other write ms':>17}{'ratio':>8}")
    with temporary_home() as home, open_store(uri=None, home=home) as store:
        store.jobs.submit(new_jobs(2 * N_CLAIMS))
        first = _print_median(f"{2 * N_CLAIMS} queued", store)
        _finish(store, new_jobs(N_LONG, prefix="finished", stored=True))
        _print_median(f"and {N_LONG:,} finished", store, first)
        store.jobs.submit(new_jobs(N_LONG, prefix="long"))
        _print_median(f"and {N_LONG:,} queued", store, first)
        store.jobs.submit(new_jobs(N_LONG, prefix="foreign", lane="extract", site="file", scratch="there", priority=9))
        store.jobs.submit(new_jobs(2 * N_CLAIMS, prefix="here", lane="extract", site="file", scratch="here"))
        _print_median(f"past {N_LONG:,} of another host", store, first, lane="extract")
        _print_median(f"past {N_LONG:,} of a paused site", store, first, paused=("youtube",))
    print()


def _print_median(
    name: str, store: Store, first: float = 0, *, lane: str = "download", paused: tuple[str, ...] = ()
) -> float:
    where = Where(lane, "here", paused)
    time.sleep(SETTLE_S)
    claims, plain = [], []
    for _ in range(N_CLAIMS):
        begun = time.perf_counter()
        store.claims.claim(where, token=secrets.token_hex(8), owner="bench", lease_s=600, again=False)
        claims.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        store.throttle.take("bench", per_minute=6000, burst=6000)
        plain.append(time.perf_counter() - begun)
    median, other = statistics.median(claims) * 1000, statistics.median(plain) * 1000
    print(
        f"{name:>36}{median:>10.2f}{median / (first or median):>8.1f}{other:>17.2f}{median / other:>8.1f}", flush=True
    )
    return median


def _finish(store: Store, jobs: list[NewJob]) -> None:
    """Put finished jobs there, and one that was worked on like any other."""
    store.jobs.submit(jobs)
    token = secrets.token_hex(8)
    job = store.claims.claim(Where("download", "here"), token=token, owner="bench", lease_s=600)
    assert job is not None
    assert store.claims.finish(Claim(job.job_id, token), Result("m", 1, cached=False), seconds={})


if __name__ == "__main__":
    main()

"""What a claim costs: from a short queue, from long ones, and past jobs that this worker may not have."""

import secrets
import statistics
import tempfile
import time
from pathlib import Path

from db.claims import Where
from db.job_records import Held, NewJob, Result
from db.opening import open_store
from db.store import Store
from tests.queue_jobs import new_jobs

N_LONG = 10_000
N_CLAIMS = 60


def main() -> None:
    """Print the median milliseconds of a claim in each situation, and its ratio to the first."""
    print(f"claiming: median of {N_CLAIMS} claims, journalled, embedded database")
    with tempfile.TemporaryDirectory() as folder, open_store(uri=None, home=Path(folder)) as store:
        store.jobs.submit(new_jobs(2 * N_CLAIMS))
        first = _print_median("100 queued", store)
        _finish(store, new_jobs(N_LONG, prefix="finished", stored=True))
        _print_median(f"and {N_LONG} finished", store, first)
        store.jobs.submit(new_jobs(N_LONG, prefix="long"))
        _print_median(f"and {N_LONG} queued", store, first)
        store.jobs.submit(new_jobs(N_LONG, prefix="foreign", lane="extract", site="file", scratch="there", priority=9))
        store.jobs.submit(new_jobs(2 * N_CLAIMS, prefix="here", lane="extract", site="file", scratch="here"))
        _print_median(f"past {N_LONG} of another host", store, first, lane="extract")
        _print_median(f"past {N_LONG} of a paused site", store, first, paused=("youtube",))
    print()


def _print_median(
    name: str, store: Store, first: float = 0, *, lane: str = "download", paused: tuple[str, ...] = ()
) -> float:
    where = Where(lane, "here", paused)
    seconds = []
    for _ in range(N_CLAIMS):
        begun = time.perf_counter()
        store.claims.claim(where, token=secrets.token_hex(8), owner="bench", lease_s=600, again=False)
        seconds.append(time.perf_counter() - begun)
    median = statistics.median(seconds) * 1000
    print(f"{name:>36}{median:>8.2f} ms   {median / (first or median):.1f} x", flush=True)
    return median


def _finish(store: Store, jobs: list[NewJob]) -> None:
    """Put finished jobs there, and one that was worked on like any other."""
    store.jobs.submit(jobs)
    token = secrets.token_hex(8)
    job = store.claims.claim(Where("download", "here"), token=token, owner="bench", lease_s=600)
    assert job is not None
    assert store.claims.finish(Held(job.job_id, token), Result("m", 1, cached=False), seconds={})


if __name__ == "__main__":
    main()

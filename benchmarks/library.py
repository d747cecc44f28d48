"""Pages and API over 20,000 stored synthetic trailers: milliseconds to the first byte of each address.

All addresses are requested in turns, so that what the page caches for seconds has expired in between, as it has for
people. The time is that of an open connection, from the request to the first byte of the response's body.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from benchmarks.made_library import LibraryMaker, MadeLibrary
from benchmarks.serving import open_home, serve
from db.library_records import LibraryQuery, Order
from db.queue.jobs import JobFilter
from db.store import Store
from extractor.networks.weights import given_weights
from web.cursors import write_cursor, write_moment
from worker.inference.capacity import cores

N_TRAILERS = 20_000
N_ROWS = 10_000
N_TURNS = 10
FLOOR = "/healthz"
LOAD_S = 300


@dataclass(frozen=True, slots=True)
class Timing:
    """The ms to the first byte of an address, one a turn, and the bytes of its body."""

    ms: list[float]
    size: int

    @property
    def median(self) -> float:
        """The median of all turns."""
        return statistics.median(self.ms)


def main(arguments: Sequence[str] = ()) -> None:
    """Make the library, request every address, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.library", description=__doc__)
    parser.add_argument("--trailers", type=int, default=N_TRAILERS)
    parser.add_argument("--rows", type=int, default=N_ROWS, help="rows of the batch")
    parser.add_argument("--turns", type=int, default=N_TURNS)
    options = parser.parse_args(arguments)
    with open_home() as service:
        begun = time.monotonic()
        store, features_id = service.runtime.store, given_weights(service.home / "cheap.h5").features_id
        (model,) = store.models.in_use(features_id)
        maker = LibraryMaker(store, n_trailers=options.trailers, features_id=features_id, model_id=model.model_id)
        made = maker.make(n_rows=options.rows)
        print(
            f"library: {options.trailers:,} synthetic trailers and as many jobs, a batch of {options.rows:,} rows, "
            f"made in {time.monotonic() - begun:.0f} s; {cores()} cores, load {os.getloadavg()[0]:.1f}"
        )
        with serve(service, "serve") as served, httpx.Client(base_url=served.url, timeout=60) as client:
            print(f"similar trailers were loaded {wait_for_similar(client, made):.1f} s after the page")
            timings = measure(client, [*pages(store, made), *api(store, made)], n_turns=options.turns)
    report(timings)


def pages(store: Store, made: MadeLibrary) -> list[str]:
    """Return the addresses of the pages."""
    trailer, batch = f"/trailers/{made.trailer_id}", f"/batches/{made.batch_id}"
    middle = store.jobs.list(JobFilter(), limit=200)[-1]
    return [
        *("/", "/submit", "/library", *(f"/library?{query}" for query in searches(store, made))),
        *(trailer, f"{trailer}/cover.jpg", f"{trailer}/filmstrip.jpg"),
        *("/review", "/review?order=learning"),
        *("/batches", batch, f"{batch}?cursor={made.n_rows * 9 // 10}", f"{batch}?stage=done", f"{batch}?stage=failed"),
        f"{batch}?stage=cancelled",
        *("/models", "/plot", "/poster"),
        *("/jobs", "/jobs?stage=done", "/jobs?stage=failed&code=private"),
        f"/jobs?{urlencode({'cursor': write_moment((middle.updated_at, middle.job_id), 'jobs')})}",
    ]


def searches(store: Store, made: MadeLibrary) -> list[str]:
    """Return the queries of the library, from easy to hard."""
    common, rare = made.common, made.rare
    return [
        _deep(store, "newest"),
        "genre=Drama",
        f"genre=Drama&{_deep(store, 'newest')}",
        "genre=Western&min_score=0.3",
        "genre=Drama&sort=score",
        f"genre=Drama&sort=score&{_deep(store, 'score')}",
        "genre=Drama&min_score=0.2&max_score=0.4&sort=disagreement",
        *(f"q={common}", f"q={common[0]}", f"q={rare}", f"q={common}+{rare}"),
        f"q={common}&genre=Comedy&sort=score",
        "since=2024-03-01&until=2024-06-01",
        *("disagree=1", "sort=disagreement", f"sort=disagreement&{_deep(store, 'disagreement')}"),
        *("reviewed=1", "reviewed=0", f"reviewed=0&genre=Drama&q={common}&disagree=1&sort=disagreement"),
    ]


def api(store: Store, made: MadeLibrary) -> list[str]:
    """Return the addresses of the API."""
    trailer, batch = f"/v1/trailers/{made.trailer_id}", f"/v1/batches/{made.batch_id}"
    return [
        *("/v1/trailers?limit=100", f"/v1/trailers?limit=100&{_deep(store, 'newest')}"),
        *("/v1/reviews/queue?limit=100", "/v1/reviews/queue?order=learning&limit=100"),
        *(f"/v1/trailers?q={made.common}", "/v1/trailers?genre=Drama&genre=Comedy&sort=score"),
        *(trailer, f"{trailer}/similar", f"{trailer}/similar?limit=100", f"{trailer}/features.npy"),
        *("/v1/jobs?limit=200", "/v1/jobs?stage=failed", f"/v1/jobs/{made.job_id}"),
        *("/v1/batches", batch, f"{batch}/rows?limit=500", f"{batch}/rows?after={made.n_rows * 9 // 10}&limit=500"),
        *(f"{batch}/results.csv", "/v1/models"),
        *(FLOOR, "/readyz", "/metrics"),
    ]


def wait_for_similar(client: httpx.Client, made: MadeLibrary) -> float:
    """Return the seconds until similar trailers can be found."""
    begun = time.monotonic()
    while client.get(f"/v1/trailers/{made.trailer_id}/similar").status_code == 503:
        if time.monotonic() > begun + LOAD_S:
            raise RuntimeError("similar trailers did not load")
        time.sleep(0.1)
    return time.monotonic() - begun


def measure(client: httpx.Client, addresses: Sequence[str], *, n_turns: int) -> dict[str, Timing]:
    """Request each address once a turn; return the timings by address."""
    timings = {address: Timing([], len(client.get(address).raise_for_status().content)) for address in addresses}
    for _ in range(n_turns):
        for address, timing in timings.items():
            begun = time.perf_counter()
            with client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as response:
                for _ in response.iter_raw():
                    timing.ms.append((time.perf_counter() - begun) * 1000)
                    break
                response.raise_for_status()
                for _ in response.iter_raw() if not response.is_stream_consumed else ():
                    pass
    return timings


def report(timings: Mapping[str, Timing]) -> None:
    """Print the table and its slowest figures."""
    floor = timings[FLOOR].median
    print(f"{'address':>80}{'kB':>8}{'median ms':>11}{'worst':>8}{f'x {FLOOR}':>12}")
    for address, timing in timings.items():
        shown = address if len(address) < 79 else f"{address[:75]}..."
        print(f"{shown:>80}{timing.size / 1000:>8.1f}{timing.median:>11.1f}{max(timing.ms):>8.1f}", end="")
        print(f"{timing.median / floor:>12.1f}")
    slowest = max(timing.median for timing in timings.values())
    worst = max(max(timing.ms) for timing in timings.values())
    print(f"slowest median {slowest:.0f} ms, slowest of all {worst:.0f} ms\n")


def _deep(store: Store, order: Order) -> str:
    """Return the part of a query that continues after three quarters of an order."""
    wanted = LibraryQuery(genres=("Drama",) if order == "score" else (), order=order)
    place, n_left = None, store.library.count(wanted) * 3 // 4
    while n_left > 0:
        page = store.library.find(wanted, limit=min(n_left, 1000), after=place)
        if page.next is None:
            break
        place, n_left = page.next, n_left - 1000
    return urlencode({"cursor": write_cursor(place, order)}) if place else ""


if __name__ == "__main__":
    main(sys.argv[1:])

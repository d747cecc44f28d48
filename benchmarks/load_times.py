"""Records of a load test: how long each request took, which failed, and the jobs that were accepted."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

OUT = "TRAILERS_LOAD_OUT"  # names the file that the locust process writes


@dataclass(slots=True)
class Times:
    """The number of requests by ms, and how many failed."""

    ms: Counter[float] = field(default_factory=Counter)
    n_errors: int = 0

    @property
    def n(self) -> int:
        """The number of requests."""
        return self.ms.total()

    def percentile(self, share: float) -> float:
        """Return the ms within which this share of the requests was answered, 0 without requests."""
        left = share * self.n
        for ms in sorted(self.ms):
            left -= self.ms[ms]
            if left <= 0:
                return ms
        return max(self.ms, default=0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """A load test; `accepted` are the seconds until a job was seen finished, by its id, None for never."""

    times: Mapping[str, Times]
    errors: tuple[str, ...]
    accepted: Mapping[str, float | None]


def read_run(path: Path) -> Run:
    """Return the run that locust has written."""
    written = json.loads(path.read_text())
    times = {
        entry["name"]: Times(Counter({float(ms): int(n) for ms, n in entry["times"].items()}), entry["n_errors"])
        for entry in written["entries"]
    }
    return Run(times, tuple(written["errors"]), written["accepted"])


def together(times: Iterable[Times]) -> Times:
    """Return the times of several kinds of requests as one."""
    total = Times()
    for each in times:
        total.ms.update(each.ms)
        total.n_errors += each.n_errors
    return total

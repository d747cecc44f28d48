"""Checks of a soak test: nothing lost, nothing twice, nothing grown, nothing left."""

import contextlib
import os
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from db.queue.job_records import Job
from tests.soak.kills import lane_of
from tests.support.service import Running, video_id

WARM_AGE = 20
MIN_AGE = 40  # what a process must have reached for its growth to be judged
GROWTH = 1.10
MORE_DESCRIPTORS = 3  # connections come and go
GONE_S = 30
LINE = re.compile(r"^\S+ \S+/(\d+) ")


def broken_promises(
    jobs: Mapping[str, Job],
    results: Mapping[str, tuple[bytes, object]],
    *,
    expected: Mapping[str, tuple[bytes, object]],
    n_jobs: int,
) -> list[str]:
    """Return a line for each job that is lost, failed, or stored otherwise than in a calm run."""
    broken = []
    for number in range(n_jobs):
        trailer_id = f"youtube:{video_id(number)}"
        job = jobs.get(trailer_id)
        if job is None or not job.finished:
            broken.append(f"{trailer_id} is lost: {job and job.stage}")
        elif job.stage != "done":
            broken.append(f"{trailer_id} is {job.stage}: {job.error}")
        elif results.get(trailer_id) != expected[trailer_id[-1]]:
            broken.append(f"{trailer_id} has another result than in a calm run")
    if set(results) - {job.trailer_id for job in jobs.values()}:
        broken.append("there are results of trailers nobody asked for")
    return broken


@dataclass(slots=True)
class Life:
    """What was seen of a worker process: (age, RSS bytes, descriptors), oldest first.

    The age of an extract worker counts its jobs, as its log tells; that of another, which says nothing, our looks.
    """

    lane: str
    seen: list[tuple[int, int, int]] = field(default_factory=list)

    def warm(self) -> list[tuple[int, int, int]]:
        """What was seen after the first jobs."""
        return [look for look in self.seen if look[0] >= WARM_AGE]

    def is_long(self) -> bool:
        """Whether it lived long enough to tell growth."""
        return bool(self.warm()) and self.seen[-1][0] >= MIN_AGE


class Health:
    """Looks at the processes of a service while it runs."""

    def __init__(self) -> None:
        self.log = Path(os.devnull)
        self._read = 0
        self._n_done: Counter[int] = Counter()
        self._lives: dict[tuple[int, float], Life] = {}
        self._zombies: list[str] = []

    def look(self, running: Running, *, at_rest: bool = False) -> None:
        """Note memory and descriptors of each worker; `at_rest`, also zombies."""
        self._count_jobs()
        for process in running.family():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                self._look_at(process)
        if at_rest:
            time.sleep(1)  # for a supervisor to reap
            found = [process for process in running.family() if _is_zombie(process)]
            self._zombies = [str(process) for process in found]

    def broken_promises(self) -> list[str]:
        """Return a line for each lane that grew, and each zombie."""
        broken = [f"zombie {name}" for name in self._zombies]
        for lane, lives in self._long_lives().items():
            growth, more = _growth(lives), _more_descriptors(lives)
            if growth > GROWTH:
                broken.append(f"RSS of {lane} workers grew by {growth - 1:.1%}")
            if more > MORE_DESCRIPTORS:
                broken.append(f"{lane} workers have {more} descriptors more than at age {WARM_AGE}")
        return broken

    def report(self) -> list[str]:
        """Return a line for each lane, and what could not be judged."""
        lines = []
        for lane, lives in self._long_lives().items():
            first, last = (statistics.median(life.warm()[i][1] for life in lives) / 2**20 for i in (0, -1))
            oldest = max(life.seen[-1][0] for life in lives)
            lines.append(
                f"{lane}: {len(lives)} processes of age {MIN_AGE} to {oldest}, RSS at age {WARM_AGE} {first:.1f} MB, "
                f"at their end {last:.1f} MB ({_growth(lives) - 1:+.1%}); descriptors {_more_descriptors(lives):+d}"
            )
        return lines or [f"no process reached age {MIN_AGE}: growth was not judged"]

    def _look_at(self, process: psutil.Process) -> None:
        lane = lane_of(process)
        if lane in (None, "sweeper"):
            return
        life = self._lives.setdefault((process.pid, process.create_time()), Life(lane))
        age = self._n_done[process.pid] if lane == "extract" else len(life.seen)
        life.seen.append((age, process.memory_info().rss, process.num_fds()))

    def _count_jobs(self) -> None:
        """Count the lines of the service's log by the process that wrote them: about one a job."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            lines = log.read().decode("utf-8", "replace").splitlines()
            self._read = log.tell()
        self._n_done.update(int(found[1]) for line in lines if (found := LINE.match(line)))

    def _long_lives(self) -> Mapping[str, list[Life]]:
        lanes: dict[str, list[Life]] = defaultdict(list)
        for life in self._lives.values():
            if life.is_long():
                lanes[life.lane].append(life)
        return lanes


def _growth(lives: list[Life]) -> float:
    """Return the median of how many times larger the processes are at their end than when they were warm."""
    return statistics.median(life.warm()[-1][1] / life.warm()[0][1] for life in lives)


def _more_descriptors(lives: list[Life]) -> int:
    """Return by how many the descriptors grew, at rest between jobs: the least seen early and late in each life."""
    return max(_fewest(life.warm()[-10:]) - _fewest(life.warm()[:10]) for life in lives)


def _fewest(looks: list[tuple[int, int, int]]) -> int:
    return min(descriptors for _, _, descriptors in looks)


def _is_zombie(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return False


def leftovers(home: Path) -> list[str]:
    """Return the processes that still work on a home, after a while for the database to stop."""
    deadline = time.monotonic() + GONE_S
    while (found := _of_home(home)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _of_home(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if process.pid != os.getpid() and (
                str(home) in " ".join(words) or process.environ().get("TRAILERS_HOME") == str(home)
            ):
                found.append(f"{process.pid} {' '.join(words)[:120]}")
    return found

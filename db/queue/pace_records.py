"""Records of the queue's pace: its lanes, the hours behind it, and the steps of the jobs that went through it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LanePace:
    """A lane: jobs that can be claimed, those that wait for their next attempt, and those that are worked on.

    `since` is when the one that waits longest was queued, `next_retry` when the first next attempt is due; `per_hour`
    jobs an hour went through the lane lately.
    """

    lane: str
    waiting: int = 0
    delayed: int = 0
    running: int = 0
    since: datetime | None = None
    next_retry: datetime | None = None
    per_hour: float = 0.0

    @property
    def n_open(self) -> int:
        """The jobs in it, in whatever state."""
        return self.waiting + self.delayed + self.running


@dataclass(frozen=True, slots=True)
class StepPace:
    """The seconds that a step took of the `n` recent jobs that went through it; the first step is the queue."""

    step: str
    n: int
    median_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class HourPace:
    """How many jobs ended well, and how many otherwise, in the hour that began at `start`."""

    start: datetime
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """The queue at a time: its lanes, the last 24 hours of the clock, the steps of recent jobs.

    `last_hour` is how many jobs ended in the 60 minutes before `at`. The last of `hours` is not over.
    """

    at: datetime
    lanes: tuple[LanePace, ...]
    hours: tuple[HourPace, ...]
    steps: tuple[StepPace, ...]
    last_hour: int

    @property
    def waiting(self) -> int:
        """The jobs that wait, those for their next attempt too."""
        return sum(lane.waiting + lane.delayed for lane in self.lanes)

    @property
    def delayed(self) -> int:
        """Those of them that wait for their next attempt."""
        return sum(lane.delayed for lane in self.lanes)

    @property
    def running(self) -> int:
        """The jobs that are worked on."""
        return sum(lane.running for lane in self.lanes)

    @property
    def since(self) -> datetime | None:
        """When the job that waits longest was queued; None where none can be claimed."""
        return min((lane.since for lane in self.lanes if lane.since), default=None)

    @property
    def next_retry(self) -> datetime | None:
        """When the first next attempt of a job that failed is due; None where none is."""
        return min((lane.next_retry for lane in self.lanes if lane.next_retry), default=None)

    @property
    def left_s(self) -> float | None:
        """The seconds until all jobs are through, by the lane that takes longest; None while a lane doesn't get on.

        What waits before a lane has to go through it, too.
        """
        ahead, left = 0, 0.0
        for lane in self.lanes:
            ahead += lane.n_open
            if lane.per_hour:
                left = max(left, ahead / lane.per_hour * 3600)
            elif lane.n_open:
                return None
        return left

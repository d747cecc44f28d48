"""Download lanes, one a site: every download waits for its turn, and a site that has had enough pauses its lane."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from db.throttle import Pause, Throttle
from worker.errors import WorkerError
from worker.links import Link
from worker.progress import Progress
from worker.sites import SITES

BURST = 5
PAUSE_S = 15 * 60
LONGEST_PAUSE_S = 4 * 3600
LOOK_S = 1.0
PAUSING = {
    "bot_check": "set TRAILERS_COOKIES or TRAILERS_PROXY, or wait",
    "rate_limited": "wait, or lower TRAILERS_DOWNLOADS_PER_MINUTE",
}


@contextmanager
def turn(throttle: Throttle, link: Link, *, per_minute: int, progress: Progress) -> Iterator[None]:
    """Run the block, a download, when it is its turn among all workers.

    Raises the pause's error at once while the lane is paused. A site's bot check or rate limit in the block pauses
    the lane, 15 minutes the first time and twice as long each time after, up to 4 hours; a download that goes well
    ends that.
    """
    lane = lane_of(link)
    _wait(throttle, link, per_minute=per_minute, progress=progress)
    try:
        yield
    except WorkerError as exc:
        if exc.code in PAUSING:
            throttle.open(lane, code=exc.code, seconds=PAUSE_S, at_most=LONGEST_PAUSE_S)
        raise
    throttle.close(lane)


def lane_of(link: Link) -> str:
    """Return the lane a link's downloads run in."""
    return f"download:{link.site}"


def _wait(throttle: Throttle, link: Link, *, per_minute: int, progress: Progress) -> None:
    lane, report = lane_of(link), None
    while True:
        if pause := throttle.state(lane):
            raise _paused(link, pause)
        wait = throttle.take(lane, per_minute=per_minute, burst=BURST)
        if not wait:
            return
        report = report or progress.stage("waiting")
        report(0, None)
        time.sleep(min(wait, LOOK_S))


def _paused(link: Link, pause: Pause) -> WorkerError:
    return WorkerError(
        pause.code,
        f"downloads from {SITES[link.site].title} are paused until {pause.until:%Y-%m-%d %H:%M:%S} UTC "
        f"({pause.code}, {pause.count} in a row); {PAUSING.get(pause.code, 'wait')}",
    )

"""Download lanes, one for each site: every download waits for its turn, and a site that refuses pauses its lane."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from db.queue.throttle import Pause, Throttle
from worker.errors import WorkerError
from worker.links import Link
from worker.progress import Progress
from worker.sites import SITES

BURST = 5
PAUSE_S = 15 * 60
LONGEST_PAUSE_S = 4 * 3600
POLL_S = 1.0
# The refusals in a row after which a lane pauses: those of the last two codes may be the fault of a single video.
STRIKES = {"bot_check": 1, "rate_limited": 1, "extractor_broken": 3, "media_forbidden": 3}
ADVICE = {
    "bot_check": "set TRAILERS_COOKIES or TRAILERS_PROXY",
    "rate_limited": "lower TRAILERS_DOWNLOADS_PER_MINUTE",
    "extractor_broken": "update yt-dlp: .venv/bin/pip install -U 'yt-dlp[default,deno]'",
    "media_forbidden": "do what the last job's error says: update yt-dlp, or set TRAILERS_COOKIES or TRAILERS_PROXY",
}


@contextmanager
def take_turn(throttle: Throttle, link: Link, *, per_minute: int, progress: Progress) -> Iterator[None]:
    """Wait for a turn among all workers, then run the block, a download.

    Raises the pause's error at once while the lane is paused. An error of class `operator` in the block pauses the
    lane, at once or when it comes three times in a row: for 15 minutes the first time and twice as long each time
    after, up to 4 hours, until a download succeeds.
    """
    lane = lane_of(link)
    _wait(throttle, link, per_minute=per_minute, progress=progress)
    try:
        yield
    except WorkerError as exc:
        if strikes := STRIKES.get(exc.code):
            throttle.open(lane, code=exc.code, seconds=PAUSE_S, at_most=LONGEST_PAUSE_S, strikes=strikes)
        raise
    throttle.close(lane)


def lane_of(link: Link) -> str:
    """Return the lane that a link's downloads run in."""
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
        report(0, None)  # may raise, to end the wait
        time.sleep(min(wait, POLL_S))


def _paused(link: Link, pause: Pause) -> WorkerError:
    return WorkerError(
        pause.code,
        f"downloads from {SITES[link.site].title} are paused until {pause.until:%Y-%m-%d %H:%M:%S} UTC "
        f"({pause.code}, {pause.count} in a row); {way_out(pause)}",
    )


def way_out(pause: Pause) -> str:
    """Return what an operator can do about a pause."""
    return f"{ADVICE.get(pause.code, 'remove the cause')}, then end it with trailers doctor --resume; or wait"

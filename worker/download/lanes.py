"""Download lanes, one for each site: every download waits for its turn, and a site that refuses pauses its lane."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from db.queue.throttle import DOUBTED, LAST, LONGEST_PAUSE_S, Doubt, Pause, Refusal, Throttle
from db.store import Store
from worker.download.errors import INSTALL, Refused
from worker.errors import WorkerError
from worker.links import Link
from worker.progress import Progress
from worker.sites import SITES

BURST = 5
PAUSE_S = 15 * 60
POLL_S = 1.0
WORDS_LENGTH = 160
# The refusals in a row after which a lane pauses: those of the last two codes may be the fault of a single video.
STRIKES = {"bot_check": 1, "rate_limited": 1, "extractor_broken": 3, "media_forbidden": 3}
ADVICE = {
    "bot_check": "set TRAILERS_COOKIES or TRAILERS_PROXY",
    "rate_limited": "lower TRAILERS_DOWNLOADS_PER_MINUTE",
    "extractor_broken": f"update yt-dlp: {INSTALL}",
    "media_forbidden": "do what the last job's error says: update yt-dlp, or set TRAILERS_COOKIES or TRAILERS_PROXY",
}


class LanePaused(WorkerError):
    """The downloads from a site are paused: its jobs wait, and this one is no exception."""


@contextmanager
def take_turn(throttle: Throttle, link: Link, *, per_minute: int, progress: Progress) -> Iterator[None]:
    """Wait for a turn among all workers, then run the block, a download.

    Raises LanePaused at once while the lane is paused. An error of class `operator` in the block pauses the lane, at
    once or when it comes three times in a row: for 15 minutes the first time and twice as long each time after, up to
    4 hours, until a download succeeds. So does the same refusal of 5 of the last 6 videos: it is doubted, and comes
    out as LanePaused.
    """
    lane = lane_of(link.site)
    _wait(throttle, link, per_minute=per_minute, progress=progress)
    try:
        yield
    except Refused as exc:
        doubt = throttle.note(lane, link.video_id, _refusal(link, exc))
        if doubt and (pause := _open(throttle, lane, "extractor_broken", doubt=doubt)):
            raise _paused(link, pause) from exc
        raise
    except WorkerError as exc:
        if strikes := STRIKES.get(exc.code):
            _open(throttle, lane, exc.code, strikes=strikes)
        raise
    throttle.note(lane, link.video_id, None)
    throttle.close(lane)


def settle_doubt(throttle: Throttle, link: Link, look: Callable[[Link], object]) -> None:
    """Find out whether the refusal that has paused a lane was true, before its next download; nothing without one.

    It was if the site still shows another video: the last that was downloaded, or one that is always there. `look`
    reads that video's page and raises as a download does. Raises LanePaused if none is shown: the lane pauses again.
    """
    lane = lane_of(link.site)
    doubt = throttle.doubt(lane)
    if doubt is None:
        return
    for video_id in filter(None, (doubt.witness, SITES[link.site].witness)):
        with suppress(Refused):
            look(Link(video_id, link.site))
            throttle.believe(lane)
            return
    if pause := _open(throttle, lane, "extractor_broken", doubt=doubt):
        raise _paused(link, pause)


def put_back_doubted(store: Store, site: str) -> int:
    """Queue the jobs again that failed with the refusal that is doubted in a site's lane; return their number."""
    doubt = store.throttle.doubt(lane_of(site))
    return store.jobs.put_back(site, code=doubt.refusal.code, since=doubt.since) if doubt else 0


def lane_of(site: str) -> str:
    """Return the lane that the downloads from a site run in."""
    return f"download:{site}"


def _wait(throttle: Throttle, link: Link, *, per_minute: int, progress: Progress) -> None:
    lane, report = lane_of(link.site), None
    while True:
        if pause := throttle.state(lane):
            raise _paused(link, pause)
        wait = throttle.take(lane, per_minute=per_minute, burst=BURST)
        if not wait:
            return
        report = report or progress.stage("waiting")
        report(0, None)  # may raise, to end the wait
        time.sleep(min(wait, POLL_S))


def _open(throttle: Throttle, lane: str, code: str, *, strikes: int = 1, doubt: Doubt | None = None) -> Pause | None:
    return throttle.open(lane, code=code, seconds=PAUSE_S, at_most=LONGEST_PAUSE_S, strikes=strikes, doubt=doubt)


def _refusal(link: Link, exc: Refused) -> Refusal:
    """Return what the site would say of any video: yt-dlp puts this one's id in front."""
    said = exc.words.rpartition(f"{link.video_id}: ")[2].replace(link.video_id, "...")
    return Refusal(exc.code, said[:WORDS_LENGTH])


def _paused(link: Link, pause: Pause) -> LanePaused:
    title, until = SITES[link.site].title, f"{pause.until:%Y-%m-%d %H:%M:%S} UTC"
    why = f"downloads from {title} are paused until {until} ({pause.code}, {pause.count} in a row); {way_out(pause)}"
    return LanePaused(pause.code, why)


def way_out(pause: Pause) -> str:
    """Return what an operator can do about a pause."""
    if pause.doubt:
        said = pause.doubt.refusal.words
        return (
            f"{DOUBTED} of the last {LAST} videos were refused with {said!r}, which is doubted: "
            f"{ADVICE[pause.code]}; if it is true, accept it with trailers doctor --resume; or wait: the page of a "
            "video that is there decides"
        )
    return f"{ADVICE.get(pause.code, 'remove the cause')}, then end it with trailers doctor --resume; or wait"

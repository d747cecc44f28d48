import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from db.queue.throttle import Pause, Throttle
from db.store import Store
from worker.download import lanes
from worker.download.errors import Refused
from worker.errors import WorkerError
from worker.links import Link
from worker.progress import Quiet, Report

LANE = "download:youtube"
LINK = Link("-wNyEUrxzFU")


@pytest.fixture
def throttle(store: Store) -> Throttle:
    return store.throttle


def test_a_fresh_bucket_is_full_and_then_says_how_long_to_wait(throttle: Throttle) -> None:
    assert [throttle.take(LANE, per_minute=0.06, burst=3) for _ in range(3)] == [0, 0, 0]
    assert 900 < throttle.take(LANE, per_minute=0.06, burst=3) <= 1000
    assert throttle.take("download:vimeo", per_minute=0.06, burst=3) == 0


def test_tokens_come_back_with_time_and_never_more_than_the_burst(throttle: Throttle) -> None:
    assert [throttle.take(LANE, per_minute=0.01, burst=2) for _ in range(2)] == [0, 0]
    assert throttle.take(LANE, per_minute=0.01, burst=2) > 0
    time.sleep(0.1)
    taken = [throttle.take(LANE, per_minute=rate, burst=2) for rate in (60_000, 0.01, 0.01)]
    assert [wait > 0 for wait in taken] == [False, False, True]


def test_eight_workers_take_what_there_is_and_never_more_than_burst_and_rate(throttle: Throttle) -> None:
    per_minute, burst = 1200, 5
    begun = time.monotonic()

    def work() -> None:
        for _ in range(5):
            while wait := throttle.take(LANE, per_minute=per_minute, burst=burst):
                assert time.monotonic() < begun + 60
                time.sleep(min(wait, 0.05))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: work(), range(8)))
    assert burst + per_minute / 60 * (time.monotonic() - begun) >= 8 * 5


def test_the_first_takers_of_a_lane_do_not_fall_over_each_other(throttle: Throttle) -> None:
    ready = threading.Barrier(8)

    def first(_: int) -> float:
        ready.wait()
        return throttle.take(LANE, per_minute=1, burst=3)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(first, range(8)))
    assert sum(wait == 0 for wait in waits) == 3


def test_a_breaker_opens_reports_and_expires(throttle: Throttle) -> None:
    assert throttle.state(LANE) is None
    begun = datetime.now(UTC)
    throttle.open(LANE, code="bot_check", seconds=600, at_most=3600)
    pause = throttle.state(LANE)
    assert pause is not None
    assert (pause.code, pause.count) == ("bot_check", 1)
    assert lasts(pause, 600, since=begun)
    throttle.open("download:vimeo", code="bot_check", seconds=0.1, at_most=10)
    time.sleep(0.2)
    assert list(throttle.pauses()) == [LANE]


def lasts(pause: Pause, seconds: float, *, since: datetime) -> bool:
    """Tell whether a pause that was opened between `since` and now is so long."""
    begun = pause.until - timedelta(seconds=seconds)
    return since - timedelta(milliseconds=1) <= begun <= datetime.now(UTC)  # the database cuts off microseconds


def test_it_opens_longer_each_time_until_all_goes_well(throttle: Throttle) -> None:
    for length in (0.1, 0.2, 0.4, 0.4):
        begun = datetime.now(UTC)
        pause = throttle.open(LANE, code="bot_check", seconds=0.1, at_most=0.4)
        assert pause is not None
        assert lasts(pause, length, since=begun)
        while throttle.state(LANE):
            time.sleep(0.02)
    throttle.close(LANE)
    again = throttle.open(LANE, code="bot_check", seconds=0.1, at_most=0.4)
    assert again is not None
    assert again.count == 1


def test_many_workers_at_the_same_wall_open_it_once(throttle: Throttle) -> None:
    with ThreadPoolExecutor(8) as pool:
        pauses = list(pool.map(lambda _: throttle.open(LANE, code="x", seconds=60, at_most=600), range(8)))
    assert {pause.count for pause in pauses if pause} == {1}
    assert len({pause.until for pause in pauses if pause}) == 1


def test_a_success_does_not_end_a_pause_that_was_opened_meanwhile(throttle: Throttle) -> None:
    throttle.open(LANE, code="rate_limited", seconds=60, at_most=600)
    throttle.close(LANE)
    assert throttle.state(LANE) is not None


def test_a_refusal_pauses_the_lane_for_everybody_and_says_until_when(throttle: Throttle) -> None:
    with pytest.raises(WorkerError, match="mine"), lanes.take_turn(throttle, LINK, per_minute=60, progress=Quiet()):
        raise WorkerError("bot_check", "mine")
    with (
        pytest.raises(WorkerError, match=r"paused until \d{4}-.* UTC .*TRAILERS_COOKIES") as caught,
        lanes.take_turn(throttle, LINK, per_minute=60, progress=Quiet()),
    ):
        pytest.fail("a paused lane must not begin")
    assert caught.value.code == "bot_check"
    pause = throttle.state(LANE)
    assert pause is not None
    assert pause.count == 1


def refuse(throttle: Throttle, code: str) -> None:
    with pytest.raises(WorkerError), lanes.take_turn(throttle, LINK, per_minute=6000, progress=Quiet()):
        raise WorkerError(code, "x")


def test_what_may_be_one_videos_fault_pauses_only_when_it_comes_three_times_in_a_row(throttle: Throttle) -> None:
    for _ in range(2):
        refuse(throttle, "extractor_broken")
        refuse(throttle, "media_forbidden")
        with lanes.take_turn(throttle, LINK, per_minute=6000, progress=Quiet()):
            pass  # one that goes well
    assert throttle.state(LANE) is None
    for _ in range(3):
        refuse(throttle, "media_forbidden")
    pause = throttle.state(LANE)
    assert pause is not None
    assert (pause.code, pause.count) == ("media_forbidden", 1)


def test_an_operator_sees_and_ends_the_pauses(throttle: Throttle) -> None:
    refuse(throttle, "rate_limited")
    assert [pause.code for pause in throttle.pauses().values()] == ["rate_limited"]
    assert throttle.resume() == 1
    assert throttle.pauses() == {}
    assert throttle.state(LANE) is None


def test_a_private_video_pauses_nothing(throttle: Throttle) -> None:
    with pytest.raises(WorkerError), lanes.take_turn(throttle, LINK, per_minute=60, progress=Quiet()):
        raise WorkerError("private", "x")
    assert throttle.state(LANE) is None


def go_well(throttle: Throttle, number: int) -> None:
    with lanes.take_turn(throttle, Link(f"video{number:06}"), per_minute=60_000, progress=Quiet()):
        pass


def say_no(throttle: Throttle, number: int, words: str = "Video is gone") -> WorkerError:
    """Have a video be refused, and return the error that comes out."""
    link = Link(f"video{number:06}")
    with pytest.raises(WorkerError) as caught, lanes.take_turn(throttle, link, per_minute=60_000, progress=Quiet()):
        raise Refused("unavailable", "not to be had", words=f"[youtube] {link.video_id}: {words}")
    return caught.value


def test_the_same_refusal_of_five_of_six_videos_is_doubted(throttle: Throttle) -> None:
    assert [say_no(throttle, number).code for number in range(4)] == ["unavailable"] * 4
    go_well(throttle, 4)
    fifth = say_no(throttle, 5)
    assert (type(fifth), fifth.code) == (lanes.LanePaused, "extractor_broken")
    assert "refused with 'Video is gone', which is doubted" in str(fifth)
    pause = throttle.state(LANE)
    assert pause is not None
    assert (pause.code, pause.count) == ("extractor_broken", 1)
    assert timedelta(minutes=14) < pause.until - datetime.now(UTC) < timedelta(minutes=16)


def test_four_dead_links_of_six_pause_nothing_nor_do_other_words(throttle: Throttle) -> None:
    for number in (0, 1, 3, 4):
        say_no(throttle, number)
    go_well(throttle, 2)
    go_well(throttle, 5)
    for number in range(6, 9):
        say_no(throttle, number, f"Video is gone from {number}")
    assert throttle.state(LANE) is None


def test_one_video_refused_six_times_pauses_nothing(throttle: Throttle) -> None:
    assert {say_no(throttle, 1).code for _ in range(6)} == {"unavailable"}
    assert throttle.state(LANE) is None


def test_our_own_limits_are_never_doubted(throttle: Throttle) -> None:
    for number in range(6):
        link = Link(f"video{number:06}")
        with pytest.raises(WorkerError), lanes.take_turn(throttle, link, per_minute=60_000, progress=Quiet()):
            raise WorkerError("too_long", "x")
    assert throttle.state(LANE) is None


def test_refusals_of_many_workers_at_once_open_one_pause(throttle: Throttle) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: say_no(throttle, number), range(8)))
    assert sum(type(error) is lanes.LanePaused for error in said) == 4
    pause = throttle.state(LANE)
    assert pause is not None
    assert pause.count == 1


def doubt_after_pause(throttle: Throttle, *, good: int | None = None) -> None:
    """Have a refusal be doubted, and the pause end."""
    if good is not None:
        go_well(throttle, good)
    for number in range(6):
        with suppress(WorkerError):
            say_no(throttle, number)
    end_pause(throttle)


def end_pause(throttle: Throttle) -> None:
    throttle._collection.update_one({}, {"$set": {"pause.until": datetime.now(UTC)}})
    assert throttle.state(LANE) is None


def test_a_witness_that_is_still_there_has_the_refusal_believed(throttle: Throttle) -> None:
    looked: list[Link] = []
    doubt_after_pause(throttle, good=99)
    for _ in range(2):
        lanes.settle_doubt(throttle, LINK, looked.append)
    assert looked == [Link("video000099")]
    assert {say_no(throttle, number).code for number in range(10)} == {"unavailable"}
    assert throttle.state(LANE) is None


def test_witnesses_that_are_refused_pause_the_lane_again_for_twice_as_long(throttle: Throttle) -> None:
    looked: list[Link] = []

    def look(link: Link) -> None:
        looked.append(link)
        raise Refused("private", "x", words="whatever")

    doubt_after_pause(throttle, good=99)
    with pytest.raises(lanes.LanePaused, match="2 in a row"):
        lanes.settle_doubt(throttle, LINK, look)
    assert looked == [Link("video000099"), Link("jNQXAC9IVRw")]
    pause = throttle.state(LANE)
    assert pause is not None
    assert timedelta(minutes=29) < pause.until - datetime.now(UTC) < timedelta(minutes=31)


def test_a_witness_that_the_network_keeps_away_settles_nothing(throttle: Throttle) -> None:
    def look(link: Link) -> None:
        raise WorkerError("network_timeout", "x")

    doubt_after_pause(throttle)
    with pytest.raises(WorkerError, match="x"), lanes.take_turn(throttle, LINK, per_minute=60_000, progress=Quiet()):
        lanes.settle_doubt(throttle, LINK, look)
    assert (throttle.state(LANE), throttle.doubt(LANE) is None) == (None, False)


def test_what_an_operator_accepts_is_doubted_no_more(throttle: Throttle) -> None:
    for number in range(5):
        say_no(throttle, number)
    assert throttle.resume() == 1
    assert {say_no(throttle, number).code for number in range(5, 15)} == {"unavailable"}
    assert throttle.state(LANE) is None
    assert {say_no(throttle, number, "$new words").code for number in range(5)} == {"unavailable", "extractor_broken"}


def test_a_download_waits_for_its_turn_and_says_so(throttle: Throttle) -> None:
    stages: list[str] = []

    class Watched(Quiet):
        def stage(self, name: str) -> Report:
            stages.append(name)
            throttle._collection.delete_one({"_id": LANE})  # as if a minute had passed
            return super().stage(name)

    for _ in range(lanes.BURST):
        throttle.take(LANE, per_minute=1, burst=lanes.BURST)
    with lanes.take_turn(throttle, LINK, per_minute=1, progress=Watched()):
        stages.append("downloading")
    assert stages == ["waiting", "downloading"]


def test_a_pause_ends_though_the_servers_clock_was_set_back(throttle: Throttle) -> None:
    throttle.open(LANE, code="bot_check", seconds=60, at_most=600)
    hours = {"$add": ["$pause.until", 5 * 3600 * 1000]}
    throttle._collection.update_one({"_id": LANE}, [{"$set": {"pause.until": hours}}])
    assert throttle.state(LANE) is None

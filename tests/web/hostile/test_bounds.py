"""Bounds of what callers may have at once: event streams, large bodies, lines of the log; and what a child unpacks."""

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from extractor import poster_child
from extractor.errors import BadPoster
from extractor.poster_child import shrink_apart
from extractor.posters import shrink
from extractor.video.sandbox import ProcessLimits
from web import log_limits
from web.errors import Refused
from web.events import MAX_OPEN, Streams
from web.log_limits import MAX_LINES, RepeatFilter
from web.service import Service
from web.turns import Turns


def make_png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


def test_a_caller_who_opens_streams_all_at_once_gets_as_many_as_are_allowed() -> None:
    streams = Streams()

    def try_open(i: int) -> bool:
        try:
            streams.open("job", lambda: None, caller="anna")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(try_open, range(3 * MAX_OPEN))) == MAX_OPEN


def test_a_stream_that_is_over_makes_room_for_another() -> None:
    streams = Streams()

    async def receive() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        pass

    for _ in range(MAX_OPEN + 1):
        stream = streams.open("job", lambda: None, caller="anna")
        asyncio.run(stream({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send))


def test_no_more_bodies_are_taken_in_than_may_be_and_no_more_are_worked_on() -> None:
    turns, at_work, most = Turns(at_once=2, held=5), 0, 0

    async def work() -> None:
        nonlocal at_work, most
        async with turns.hold(), turns._turn:
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.01)
            at_work -= 1

    async def try_all() -> list[BaseException | None]:
        return await asyncio.gather(*(work() for _ in range(6)), return_exceptions=True)

    outcomes = asyncio.run(try_all())
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False] * 5 + [True]
    assert most == 2


def test_one_poster_too_many_is_told_when_to_come_back(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "pictures", Turns(at_once=1, held=0))
    refused = client.post("/v1/posters", content=make_png(60, 90))
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
        429,
        "too_many_requests",
        "5",
    )


def test_a_child_unpacks_a_poster_as_this_process_would() -> None:
    assert shrink_apart(make_png(600, 900)) == shrink(make_png(600, 900))
    with pytest.raises(BadPoster, match="not a JPEG"):
        shrink_apart(b"no picture")


def test_a_poster_that_takes_more_than_a_child_may_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster_child, "LIMITS", ProcessLimits(cpu_seconds=60, address_space_bytes=300 * 2**20))
    with pytest.raises(BadPoster):
        shrink_apart(make_png(6000, 6000))


def test_a_line_that_repeats_is_left_out_and_counted_a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = RepeatFilter()

    def logged(address: str) -> logging.LogRecord | None:
        record = logging.LogRecord("trailers", logging.WARNING, "", 0, "a sign-in from %s failed", (address,), None)
        return record if kept.filter(record) else None

    records = [logged(f"10.0.0.{i}") for i in range(MAX_LINES + 7)]
    assert sum(record is not None for record in records) == MAX_LINES
    assert kept.filter(logging.LogRecord("trailers", logging.WARNING, "", 0, "something else", (), None))
    monkeypatch.setattr(log_limits, "MINUTE_S", 0.0)
    after = logged("10.0.1.1")
    assert after is not None
    assert after.getMessage() == "a sign-in from 10.0.1.1 failed (7 more like this were left out)"


def test_a_list_of_more_rows_than_jobs_allowed_is_told_so(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "web", service.web.model_copy(update={"open_jobs": 2}))
    rows = [f"https://youtu.be/{i:011d}" for i in range(3)]
    refused = client.post("/v1/batches", content="\n".join(rows))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert "3 rows" in refused.json()["message"]
    assert client.post("/v1/batches", content="\n".join(rows[:2])).status_code == 202

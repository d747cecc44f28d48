import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import yt_dlp
from yt_dlp.globals import plugin_dirs

from worker.download.child import (
    FORMAT,
    FORMAT_WITH_SOUND,
    MAX_FRUITLESS,
    REPORT_S,
    SMALLEST_FIRST,
    Meter,
    ProgressWriter,
    make_options,
    wrap_deno,
)
from worker.download.metadata import check_metadata, read_source
from worker.download.parent import FetchOptions, Request
from worker.errors import WorkerError
from worker.settings import read_settings
from worker.sites import SITES, VIMEO, YOUTUBE

REQUEST = Request(
    site="youtube",
    video_id="-wNyEUrxzFU",
    folder="/scratch/100% é/video",
    private="/scratch/private",
    deno=None,
    options=FetchOptions(max_duration_s=60, max_bytes=1000),
)


@pytest.fixture(autouse=True)
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `download`: looking for plugins, yt-dlp puts an empty module in the place of our `extractor`."""
    monkeypatch.setattr(plugin_dirs, "value", [])


class RecordingWriter(ProgressWriter):
    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.lines: list[tuple[int, int | None]] = []

    def progress(self, done: int, total: int | None, *, now: bool = False) -> None:
        self.lines.append((done, total))


def stream(name: str, codec: str, height: int, *, size: int | None = None, **fields: object) -> dict[str, Any]:
    width = height * 16 // 9
    return {
        "format_id": name,
        "url": f"https://rr1.googlevideo.com/{name}",
        "ext": "mp4" if codec.startswith("av") else "webm",
        "vcodec": codec,
        "acodec": "none",
        "height": height,
        "width": width,
        "tbr": height,
        "filesize": size or height * 1000,
        **fields,
    }


AVC144, AVC360 = stream("avc144", "avc1.4d400c", 144), stream("avc360", "avc1.4d401e", 360)
AVC720, AVC1080 = stream("avc720", "avc1.4d401f", 720), stream("avc1080", "avc1.640028", 1080)
VP360, AV360 = stream("vp360", "vp9", 360, size=9), stream("av360", "av01.0.01M.08", 360, size=8)
BOTH360 = stream("both360", "avc1.42001E", 360, size=7, acodec="mp4a.40.2")
SOUND = {**stream("sound", "none", 0), "acodec": "mp4a.40.2", "height": None, "width": None}
TALL = stream("tall", "avc1.4d401e", 426, width=240)
HDR360 = stream("332", "vp9.2", 360, dynamic_range="HDR10")
AV360_HDR = stream("695", "av01.0.01M.10.0.110.09.16.09.0", 360, dynamic_range="HDR10")
LIVE = stream("live", "avc1.4d401e", 300, protocol="m3u8")


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ([AVC144, AVC360, AVC720, VP360, AV360, BOTH360, SOUND], "avc360"),
        ([AVC144, AVC720, AVC1080, VP360, BOTH360], "avc720"),
        ([AVC144, VP360, AV360, BOTH360], "av360"),
        ([AVC144, BOTH360, SOUND], "both360"),
        ([AVC144, stream("avc240", "avc1.4d4015", 240), SOUND], "avc240"),
        ([TALL, AVC720], "avc720"),
        ([LIVE, AVC720], "avc720"),
        ([{**BOTH360, "height": 144, "width": 256}, SOUND], "both360"),
        ([HDR360, AVC144, AVC720], "avc720"),
        ([HDR360, AVC144, SOUND], "avc144"),
        ([HDR360, AV360_HDR, VP360], "vp360"),
        ([HDR360, SOUND], "332"),
    ],
)
def test_the_smallest_sharp_pictures_without_sound_are_chosen_avc1_first(
    formats: list[dict[str, Any]], chosen: str
) -> None:
    info = {"id": "x", "title": "x", "extractor": "youtube", "formats": [dict(each) for each in formats]}
    options = {"format": FORMAT, "format_sort": SMALLEST_FIRST, "quiet": True, "cachedir": False}
    with yt_dlp.YoutubeDL(options) as client:
        assert client.process_video_result(info, download=False)["format_id"] == chosen


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ([AVC144, AVC360, AVC720, VP360, BOTH360, SOUND], "both360"),
        ([AVC360, {**BOTH360, "height": 268, "width": 640}, SOUND], "both360"),
        ([AVC360, {**BOTH360, "height": 144, "width": 256}, SOUND], "avc360"),
        ([AVC360, {name: value for name, value in BOTH360.items() if name != "acodec"}], "both360"),
        ([AVC144, AVC360, AVC720, SOUND], "avc360"),
        ([AVC360, {**BOTH360, "dynamic_range": "HDR10"}, SOUND], "avc360"),
    ],
)
def test_where_speech_is_heard_pictures_with_sound_are_chosen_else_those_without(
    formats: list[dict[str, Any]], chosen: str
) -> None:
    info = {"id": "x", "title": "x", "extractor": "youtube", "formats": [dict(each) for each in formats]}
    options = {"format": FORMAT_WITH_SOUND, "format_sort": SMALLEST_FIRST, "quiet": True, "cachedir": False}
    with yt_dlp.YoutubeDL(options) as client:
        assert client.process_video_result(info, download=False)["format_id"] == chosen


def test_sound_is_asked_for_only_where_speech_or_sound_is_set(tmp_path: Path) -> None:
    (tmp_path / "yamnet.h5").touch()
    heard = {"TRAILERS_SOUND": "yamnet", "TRAILERS_SOUND_WEIGHTS": str(tmp_path / "yamnet.h5")}
    for environ, chosen in (
        ({"TRAILERS_SPEECH": "off"}, FORMAT),
        ({"TRAILERS_SPEECH": "small"}, FORMAT_WITH_SOUND),
        (heard, FORMAT_WITH_SOUND),
    ):
        request = replace(REQUEST, options=FetchOptions.from_settings(read_settings(environ)))
        assert make_options(request, YOUTUBE, writer=RecordingWriter(), deno=None)["format"] == chosen


@pytest.mark.parametrize(
    ("info", "code"),
    [
        ({"_type": "playlist"}, "playlist_not_allowed"),
        ({"live_status": "is_upcoming"}, "upcoming"),
        ({"is_live": True}, "live_not_allowed"),
        ({"live_status": "post_live"}, "upcoming"),
        ({"duration": 61}, "too_long"),
        ({"filesize": 1001}, "too_large"),
    ],
)
def test_the_metadata_alone_refuses_what_is_too_much(info: dict[str, Any], code: str) -> None:
    with pytest.raises(WorkerError) as caught:
        check_metadata(info, REQUEST.options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"duration": 60, "filesize": 1000},
        {"duration": None, "live_status": "was_live"},
        {"filesize_approx": 1001.5},
    ],
)
def test_what_says_nothing_bad_is_taken(info: dict[str, Any]) -> None:
    check_metadata(info, REQUEST.options)


def test_progress_only_grows_and_asking_on_for_nothing_new_ends_it() -> None:
    writer = RecordingWriter()
    meter = Meter(writer, max_bytes=1000)
    with pytest.raises(WorkerError) as caught:
        for done in (400, 500, *(100, 500) * MAX_FRUITLESS):
            meter.count_request()
            meter({"status": "downloading", "downloaded_bytes": done, "total_bytes": 900})
    assert caught.value.code == "download_truncated"
    assert writer.lines == [(400, 900), (500, 900)]


def test_the_border_between_two_segments_is_no_restart_and_a_guess_no_size() -> None:
    writer = RecordingWriter()
    meter = Meter(writer, max_bytes=1000)
    for index in range(9):
        meter.count_request()
        for done in (100 * index, 100 * index + 100, 100 * index + 100):
            status = {"status": "downloading", "downloaded_bytes": done, "total_bytes_estimate": 5000.5}
            meter({**status, "fragment_index": index})
    assert writer.lines == [(100 * index, 5000) for index in range(1, 10)]


def test_the_log_is_a_sign_of_life_until_bytes_flow() -> None:
    said = io.StringIO()
    writer = ProgressWriter(said)
    for done in (0, 5):
        writer.progress(done, None, now=True)
        time.sleep(REPORT_S)
        writer.debug("[download] Got error. Retrying")
    assert said.getvalue().splitlines() == [json.dumps({"progress": [done, None]}) for done in (0, 0, 5)]


@pytest.mark.parametrize("status", [{"downloaded_bytes": 1001}, {"downloaded_bytes": 1, "total_bytes": 1001}])
def test_more_bytes_than_allowed_end_it_too(status: dict[str, int]) -> None:
    with pytest.raises(WorkerError) as caught:
        Meter(RecordingWriter(), max_bytes=1000)({"status": "downloading", **status})
    assert caught.value.code == "too_large"


def test_an_operators_settings_reach_yt_dlp_and_nothing_else_is_loaded() -> None:
    wanted = replace(REQUEST.options, proxy="http://p:1", cookies="/c", sleep_s=2, player_clients=("web", "tv"))
    options = make_options(replace(REQUEST, options=wanted), YOUTUBE, writer=RecordingWriter(), deno="/deno")
    assert (options["proxy"], options["cookiefile"], options["sleep_interval_requests"]) == ("http://p:1", "/c", 2)
    assert options["extractor_args"] == {"youtube": {"player_client": ["web", "tv"]}}
    with yt_dlp.YoutubeDL({**options, "cookiefile": None}) as client:
        assert list(client._ies) == ["Youtube"]
        assert client.prepare_filename({"id": "x", "ext": "mp4"}) == "/scratch/100% é/video/video.mp4"


def test_vimeo_gets_its_own_extractor_alone() -> None:
    with yt_dlp.YoutubeDL(make_options(REQUEST, VIMEO, writer=RecordingWriter(), deno=None)) as client:
        assert list(client._ies) == ["Vimeo"]
        assert client._ies["Vimeo"].suitable(VIMEO.url("76979871"))


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://i.ytimg.com/vi/x/hq.jpg", "youtube"),
        ("http://i.ytimg.com/vi/x/hq.jpg", None),
        ("https://ytimg.com.evil.example/x.jpg", None),
        ("https://i.ytimg.com@127.0.0.1/x.jpg", None),
        ("https://i.ytimg.com:8443/x.jpg", None),
        ("https://i.vimeocdn.com/x.jpg", "vimeo"),
        ("https://[", None),
        (None, None),
    ],
)
def test_a_thumbnail_is_kept_only_where_its_site_keeps_them(address: str | None, site: str | None) -> None:
    for name in SITES:
        assert read_source({"thumbnail": address}, SITES[name])["thumbnail"] == (address if site == name else None)


def test_a_page_can_not_smuggle_control_characters_into_the_source() -> None:
    page = {"title": "a\x1b[31m\u202eb", "uploader": 7, "description": "one\ntwo\0", "upload_date": ""}
    fields = read_source(page, SITES["youtube"])
    assert fields["title"] == "a[31mb"
    assert (fields["uploader"], fields["description"], fields["upload_date"]) == (None, "one\ntwo", None)


@pytest.mark.slow
def test_the_javascript_runtime_dies_with_the_download(tmp_path: Path) -> None:
    wrapper = wrap_deno(replace(REQUEST, private=str(tmp_path), deno="/bin/sleep"))
    code = f"import subprocess, sys; subprocess.Popen([{wrapper!r}, '60']); print('on', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.defpath}
    ) as download:
        assert download.stdout is not None
        assert download.stdout.readline() == b"on\n"
        (runtime,) = psutil.Process(download.pid).children()
        while runtime.name() != "sleep":
            pass
        download.kill()
    assert psutil.wait_procs([runtime], timeout=30)[1] == []


def test_without_a_javascript_runtime_none_is_named() -> None:
    assert wrap_deno(REQUEST) is None
    assert make_options(REQUEST, YOUTUBE, writer=RecordingWriter(), deno=None)["js_runtimes"] == {}

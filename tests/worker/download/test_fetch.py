import io
import os
import signal
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.faketube import FakeYouTube
from tests.support.working import in_time
from worker.download.child import ProgressWriter, download
from worker.download.errors import Refused
from worker.download.parent import FetchOptions, Request, fetch, read_page
from worker.download.scratch import scratch_folder
from worker.errors import CLASSES, WorkerError
from worker.links import Link, parse_link
from worker.sites import SITES

LINK = Link("-wNyEUrxzFU")
OPTIONS = FetchOptions(max_duration_s=60, max_bytes=10**8, stall_s=10, socket_timeout_s=5)
REFUSED = {
    "bot": "bot_check",
    "age": "age_restricted",
    "private": "private",
    "gone": "unavailable",
    "geo": "geo_blocked",
    "members": "members_only",
    "app": "extractor_broken",
    "restricted": "media_forbidden",
    "proxy407": "media_forbidden",
    "upcoming": "upcoming",
    "live": "live_not_allowed",
    "long": "too_long",
    "huge": "too_large",
    "drm": "drm",
    "nsig": "extractor_broken",
    "noformats": "extractor_broken",
}
BROKEN = {
    "media403": "media_forbidden",
    "http429": "rate_limited",
    "trunc": "download_truncated",
    "redir": "host_not_allowed",
}


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_link_becomes_one_file_and_what_its_page_says(tube: FakeYouTube, folder: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    got = fetch(LINK, folder, options=OPTIONS, on_progress=lambda done, total: seen.append((done, total)))
    assert got.path.read_bytes() == tube.video
    assert left_in(folder) == ["video/video.mp4"]
    assert (got.source.title, got.source.site) == ('Fake Trailer <b> & "q"', "youtube")
    assert str(got.source.thumbnail).startswith("https://i.ytimg.com/")
    assert seen[-1] == (len(tube.video), len(tube.video))


@pytest.mark.parametrize(
    ("mode", "code"),
    [pytest.param(*each, marks=pytest.mark.slow if n % 4 else ()) for n, each in enumerate(REFUSED.items())],
)
def test_what_can_not_be_had_is_refused_before_a_byte_of_video(
    tube: FakeYouTube, folder: Path, mode: str, code: str
) -> None:
    tube.mode = mode
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == (code, [])
    assert code in CLASSES
    assert not [request for request in tube.requests if "videoplayback" in request]


@pytest.mark.parametrize(("mode", "code"), BROKEN.items())
def test_a_video_that_breaks_off_gives_its_code_and_no_file(
    tube: FakeYouTube, folder: Path, mode: str, code: str
) -> None:
    tube.mode = mode
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == (code, [])


@pytest.mark.parametrize(
    ("mode", "words"), [("new", "Playback has been discontinued here."), ("private", "Private video")]
)
def test_a_refusal_keeps_the_words_of_the_site(tube: FakeYouTube, folder: Path, mode: str, words: str) -> None:
    tube.mode = mode
    with pytest.raises(Refused) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert words in caught.value.words


def test_a_page_is_read_without_its_video_and_leaves_nothing(tube: FakeYouTube, folder: Path) -> None:
    read_page(LINK, folder, options=replace(OPTIONS, max_duration_s=1), on_progress=lambda done, total: None)
    tube.mode = "gone"
    with pytest.raises(Refused):
        read_page(LINK, folder, options=OPTIONS, on_progress=lambda done, total: None)
    assert list(folder.iterdir()) == []
    assert not [request for request in tube.requests if "videoplayback" in request]


def test_a_video_that_does_not_say_how_long_it_is_is_taken(tube: FakeYouTube, folder: Path) -> None:
    tube.mode = "nodur"
    assert fetch(LINK, folder, options=OPTIONS).path.read_bytes() == tube.video


def test_the_smallest_sharp_avc1_pictures_are_asked_for(tube: FakeYouTube, folder: Path) -> None:
    tube.mode = "formats"
    fetch(LINK, folder, options=OPTIONS)
    asked = [request for request in tube.requests if "/videoplayback" in request]
    assert asked
    assert all("itag=134" in request for request in asked)


PATIENT = replace(OPTIONS, timeout_s=600, stall_s=600, socket_timeout_s=600)


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("stall", replace(PATIENT, stall_s=2)),
        ("stall", replace(PATIENT, timeout_s=3)),
        ("drip", replace(PATIENT, timeout_s=3)),
    ],
)
@pytest.mark.slow
def test_neither_silence_nor_a_drip_keeps_a_download_alive(
    tube: FakeYouTube, folder: Path, mode: str, options: FetchOptions
) -> None:
    tube.mode = mode
    with pytest.raises(WorkerError) as caught:
        in_time(lambda: fetch(LINK, folder, options=options))
    assert (caught.value.code, left_in(folder)) == ("network_timeout", [])


def test_more_bytes_than_allowed_are_not_written(tube: FakeYouTube, folder: Path) -> None:
    tube.mode = "drip"
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=FetchOptions(max_duration_s=60, max_bytes=100_000))
    assert (caught.value.code, left_in(folder)) == ("too_large", [])


def test_the_kernel_stops_a_file_that_yt_dlp_would_not(
    tube: FakeYouTube, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.download.parent.SLACK_BYTES", 10_000 - OPTIONS.max_bytes)
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == ("too_large", [])


def test_a_child_without_memory_ends_with_an_error(
    tube: FakeYouTube, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.download.parent.DATA_BYTES", 30 * 2**20)
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == ("download_failed", [])


def test_a_redirect_into_this_machine_is_seen_by_nobody(tube: FakeYouTube, folder: Path) -> None:
    tube.mode = "redir"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        tube.redirect_to = f"http://127.0.0.1:{listener.getsockname()[1]}/internal"
        with pytest.raises(WorkerError, match="/internal"):
            fetch(LINK, folder, options=OPTIONS)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert not [request for request in tube.requests if "internal" in request or "127.0.0.1" in request]


def test_cookies_are_copied_for_the_job_and_gone_after_it(tube: FakeYouTube, folder: Path, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t0\tCANARY\ts3cret\n")
    seen: set[int] = set()

    def look(done: int, total: int | None) -> None:
        seen.update(stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*/cookies.txt"))

    options = FetchOptions(max_duration_s=60, max_bytes=10**8, cookies=str(cookies))
    fetch(LINK, folder, options=options, on_progress=look)
    assert seen == {0o600}
    assert left_in(folder) == ["video/video.mp4"]
    assert "s3cret" in cookies.read_text()


def test_the_proxy_that_is_set_is_the_only_way_out(
    tube: FakeYouTube, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = tube.environment["HTTPS_PROXY"].replace("127.0.0.1", "localhost")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    options = FetchOptions(max_duration_s=60, max_bytes=10**8, proxy=proxy)
    assert fetch(LINK, folder, options=options).path.read_bytes() == tube.video


def test_a_proxy_whose_name_leads_nowhere_is_tried_again_later(tube: FakeYouTube, folder: Path) -> None:
    options = replace(OPTIONS, proxy="http://proxy.invalid:3128")
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=options)
    assert (caught.value.code, tube.requests) == ("network_timeout", [])


def test_a_proxy_that_is_down_is_tried_again_later(tube: FakeYouTube, folder: Path) -> None:
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=replace(OPTIONS, proxy="http://127.0.0.1:9"))
    assert (caught.value.code, tube.requests) == ("network_timeout", [])


def test_one_name_that_leads_nowhere_ends_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    request = Request("youtube", LINK.video_id, str(tmp_path), str(tmp_path), None, OPTIONS)
    with pytest.raises(socket.gaierror):
        download(request, SITES["youtube"], writer=ProgressWriter(io.StringIO()), deno=None)
    assert len(asked) == 1


def test_certificates_that_nobody_vouches_for_are_named_with_the_way_out(
    tube: FakeYouTube, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(WorkerError, match="SSL_CERT_FILE") as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert caught.value.code == "media_forbidden"


def test_a_video_of_many_megabytes_comes_in_ranges_and_whole(tube: FakeYouTube, folder: Path) -> None:
    tube.video = os.urandom(25 << 20)
    assert fetch(LINK, folder, options=OPTIONS).path.read_bytes() == tube.video
    assert len([request for request in tube.requests if "/videoplayback" in request]) > 2


def test_a_server_that_sends_nothing_more_is_not_asked_for_ever(tube: FakeYouTube, folder: Path) -> None:
    tube.video, tube.mode = os.urandom(25 << 20), "dry"
    with pytest.raises(WorkerError) as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == ("download_truncated", [])
    assert len([request for request in tube.requests if "/videoplayback" in request]) < 10


def test_missing_cookies_are_named_with_the_way_out(tube: FakeYouTube, folder: Path) -> None:
    options = FetchOptions(max_duration_s=60, max_bytes=10**8, cookies="/nowhere/cookies.txt")
    with pytest.raises(WorkerError, match=r"TRAILERS_COOKIES names '/nowhere/cookies\.txt'"):
        fetch(LINK, folder, options=options)
    assert (left_in(folder), tube.requests) == ([], [])


def test_a_child_that_dies_without_a_word_gives_its_last_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.download.parent.MODULE", "worker.no_such_module")
    with pytest.raises(WorkerError, match="no_such_module") as caught:
        fetch(LINK, folder, options=OPTIONS)
    assert caught.value.code == "download_failed"


def test_twenty_spellings_are_one_trailer() -> None:
    hosts = ["youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com"]
    paths = ["watch?v={}&list=PL1", "shorts/{}", "embed/{}?t=3", "live/{}"]
    spellings = [f"https://{host}/{path.format(LINK.video_id)}" for host in hosts for path in paths]
    assert len(spellings) == 20
    assert {parse_link(text).trailer_id for text in spellings} == {LINK.trailer_id}


PARENT = """
import sys
from pathlib import Path
from worker.download.parent import FetchOptions, fetch
from worker.links import Link
from worker.download.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    options = FetchOptions(max_duration_s=60, max_bytes=10**8)
    fetch(Link("-wNyEUrxzFU"), folder, options=options, on_progress=lambda done, total: print(done, flush=True))
"""


def test_kill_9_of_the_parent_leaves_no_child_and_no_file_after_the_next_start(
    tube: FakeYouTube, tmp_path: Path
) -> None:
    tube.mode = "stall"
    scratch = tmp_path / "scratch"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(scratch)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        while parent.stdout.readline() == "0\n":
            pass
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.send_signal(signal.SIGKILL)
    assert len(children) == 1
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert len(left_in(scratch)) > 1
    with scratch_folder(scratch) as folder:
        assert list(scratch.iterdir()) == [folder]
    assert list(scratch.iterdir()) == []


def test_ctrl_c_ends_the_download_too(tube: FakeYouTube, folder: Path) -> None:
    tube.mode = "stall"

    def interrupt(done: int, total: int | None) -> None:
        if done:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            fetch(LINK, folder, options=OPTIONS, on_progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert left_in(folder) == []

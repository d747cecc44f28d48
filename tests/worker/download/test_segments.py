"""Videos that come in segments: each way of them downloads whole, or fails as one that broke off."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from extractor.limits import Limits
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.faketube import FakeYouTube
from tests.support.videos import make_dash, make_encrypted_hls, make_hls, make_numbered_video, read_number
from worker.download.parent import FetchOptions, fetch
from worker.errors import WorkerError
from worker.links import Link

YOUTUBE, VIMEO = Link("-wNyEUrxzFU"), Link("76979871", site="vimeo")
OPTIONS = FetchOptions(max_duration_s=60, max_bytes=10**8, stall_s=10, socket_timeout_s=5)
RATE, N_FRAMES = 25, 185
WHOLE = list(range(0, N_FRAMES, RATE))
MAKERS: dict[str, Callable[[Path, Path], Path]] = {
    "hls of MPEG-TS": make_hls,
    "hls of fMP4": lambda folder, video: make_hls(folder, video, ["-hls_segment_type", "fmp4"]),
    "hls of one file's ranges": lambda folder, video: make_hls(
        folder, video, ["-hls_segment_type", "fmp4", "-hls_flags", "single_file"], names="part"
    ),
    "encrypted hls": make_encrypted_hls,
    "dash": make_dash,
}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 7.4 numbered seconds with a key frame at each."""
    path = tmp_path_factory.mktemp("numbered") / "video.mp4"
    sharp, keyed = "scale=640:480:flags=neighbor", ["-g", str(RATE)]
    return make_numbered_video(path, rate=Fraction(RATE), n_frames=N_FRAMES, filters=sharp, options=keyed)


@pytest.fixture(params=MAKERS)
def segments(request: pytest.FixtureRequest, video: Path, tmp_path: Path) -> Path:
    return MAKERS[request.param](tmp_path / "segments", video)


def numbers_in(path: Path) -> list[int]:
    with FrameStream(path, probe(path, limits=Limits())) as batches:
        return [read_number(frame) for batch in batches for frame in batch]


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_video_in_segments_downloads_whole(tube: FakeYouTube, folder: Path, segments: Path) -> None:
    tube.segments = segments
    seen: list[int] = []
    got = fetch(YOUTUBE, folder, options=OPTIONS, on_progress=lambda done, total: seen.append(done))
    assert numbers_in(got.path) == WHOLE
    assert len(WHOLE) == math.ceil(N_FRAMES / RATE)
    assert left_in(folder) == ["video.mp4"]
    assert seen == sorted(seen)
    assert seen[-1] > 0


@pytest.mark.parametrize("segments", ["hls of fMP4", "dash"], indirect=True)
@pytest.mark.slow
def test_vimeos_segments_download_whole(tube: FakeYouTube, folder: Path, segments: Path) -> None:
    tube.segments = segments
    assert numbers_in(fetch(VIMEO, folder, options=OPTIONS).path) == WHOLE


@pytest.mark.parametrize("segments", ["hls of MPEG-TS", "hls of one file's ranges", "dash"], indirect=True)
@pytest.mark.slow
def test_segments_that_broke_off_once_are_fetched_again(tube: FakeYouTube, folder: Path, segments: Path) -> None:
    tube.segments = segments
    tube.cut = {path.name: 1 for path in segments.glob("part*")}
    assert numbers_in(fetch(YOUTUBE, folder, options=OPTIONS).path) == WHOLE


@pytest.mark.parametrize("segments", ["hls of MPEG-TS", "dash"], indirect=True)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"refused": {"part5": 404}}, "download_truncated"),
        ({"cut": {"part5": math.inf}}, "download_truncated"),
        ({"refused": {"part5": 503}}, "download_failed"),
        ({"refused": {"part5": 403}}, "media_forbidden"),
    ],
)
def test_without_each_segment_there_is_no_video(
    tube: FakeYouTube, folder: Path, segments: Path, fault: dict[str, Any], code: str
) -> None:
    tube.segments = segments
    vars(tube).update(fault)
    with pytest.raises(WorkerError) as caught:
        fetch(YOUTUBE, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == (code, [])


@pytest.mark.parametrize("segments", ["hls of MPEG-TS"], indirect=True)
def test_the_limit_is_for_all_segments_together(tube: FakeYouTube, folder: Path, segments: Path) -> None:
    tube.segments = segments
    size = sum(path.stat().st_size for path in segments.glob("part*"))
    with pytest.raises(WorkerError) as caught:
        fetch(YOUTUBE, folder, options=replace(OPTIONS, max_bytes=size - 1))
    assert (caught.value.code, left_in(folder)) == ("too_large", [])
    assert fetch(YOUTUBE, folder, options=replace(OPTIONS, max_bytes=size)).path.stat().st_size == size


@pytest.mark.parametrize("segments", ["hls of MPEG-TS"], indirect=True)
def test_encryption_that_only_a_player_may_undo_is_drm(tube: FakeYouTube, folder: Path, segments: Path) -> None:
    tube.segments = segments
    media = segments / "list.m3u8"
    media.write_text(media.read_text().replace("#EXTINF", '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"\n#EXTINF', 1))
    with pytest.raises(WorkerError) as caught:
        fetch(YOUTUBE, folder, options=OPTIONS)
    assert (caught.value.code, left_in(folder)) == ("drm", [])

import math
import os
import shutil
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from extractor.errors import BadVideo, DecodeTimeout
from extractor.limits import Limits
from extractor.video.decoder import Decoder, Decoding
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.hostile.changes import turned
from tests.support.videos import make_clip, make_numbered_video, read_number, run_ffmpeg
from tests.support.working import in_time

# An ffmpeg whose device fails after some frames.
FAILING_FFMPEG = """#!/bin/bash
case " $* " in
*" -hwaccel cuda "*) set -- "${@/%-hwaccel/-nostdin}"; set -- "${@/%cuda/-nostdin}" ;;
*) exec FFMPEG "$@" ;;
esac
FFMPEG "$@" 2>/dev/null | head -c $((N_FRAMES * 299 * 299 * 3))
echo '[h264 @ 0x1] [error] hardware accelerator failed to decode picture' >&2
exit 1
"""


def install_failing_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch, *, n_frames: int) -> None:
    program = folder / "bin" / "ffmpeg"
    program.parent.mkdir()
    real = shutil.which("ffmpeg") or ""
    program.write_text(FAILING_FFMPEG.replace("FFMPEG", real).replace("N_FRAMES", str(n_frames)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def decode(path: Path, *, limits: Limits | None = None, decoding: Decoding | None = None) -> NDArray[np.uint8]:
    with FrameStream(path, probe(path, limits=Limits()), limits=limits, decoding=decoding) as frames:
        return np.concatenate(list(frames))


def shown_at(second: int, *, rate: Fraction) -> int:
    """The number of the frame on screen at a whole second: the last that began by then."""
    return math.floor(second * rate)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001)])
def test_frame_s_is_the_one_on_screen_at_second_s(tmp_path: Path, rate: Fraction) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=rate, n_frames=400)
    numbers = [read_number(frame) for frame in decode(path)]
    assert numbers == [shown_at(s, rate=rate) for s in range(math.ceil(400 / rate))]


@pytest.mark.parametrize(("n_frames", "expected"), [(12, 1), (137, 6), (125, 5), (126, 6), (1, 1)])
def test_there_are_as_many_frames_as_seconds_begun(tmp_path: Path, n_frames: int, expected: int) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(25), n_frames=n_frames)
    numbers = [read_number(frame) for frame in decode(path)]
    assert numbers == [25 * s for s in range(expected)]


def test_a_variable_frame_rate_keeps_the_frame_that_is_on_screen(tmp_path: Path) -> None:
    # Frame n begins at n^2 / 20 seconds: first many a second, later one in several seconds.
    path = make_numbered_video(
        tmp_path / "vfr.mkv", rate=Fraction(25), n_frames=20, filters="setpts=N*N/20/TB", options=["-vsync", "0"]
    )
    numbers = [read_number(frame) for frame in decode(path)]
    assert numbers[:19] == [math.floor(math.sqrt(20 * s)) for s in range(19)]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("numbers.webm", ["-c:v", "libvpx", "-b:v", "3M"]),
        ("numbers.avi", ["-bf", "3"]),
        ("numbers.avi", ["-c:v", "mpeg4", "-q:v", "2"]),
        ("numbers.mp4", ["-x264-params", "open-gop=1:bframes=3"]),
    ],
)
def test_each_codec_and_container_shows_the_frame_of_the_second(tmp_path: Path, name: str, codec: list[str]) -> None:
    path = make_numbered_video(tmp_path / name, rate=Fraction(25), n_frames=150, options=codec)
    assert [read_number(frame) for frame in decode(path)] == [0, 25, 50, 75, 100, 125]


@pytest.mark.parametrize("begin", [2.7, 4.6])
def test_what_an_edit_list_hides_is_not_shown(tmp_path: Path, begin: float) -> None:
    whole = make_numbered_video(tmp_path / "whole.mp4", rate=Fraction(25), n_frames=200, options=["-g", "100"])
    run_ffmpeg(["-ss", str(begin), "-i", str(whole), "-c", "copy", str(tmp_path / "cut.mp4")])
    n_hidden = round(25 * begin)
    assert [read_number(frame) - n_hidden for frame in decode(tmp_path / "cut.mp4")][:4] == [0, 25, 50, 75]


def test_seconds_are_counted_from_the_first_video_frame(tmp_path: Path) -> None:
    path = make_numbered_video(
        tmp_path / "late.mkv", rate=Fraction(25), n_frames=75, options=["-output_ts_offset", "7.3"]
    )
    assert [read_number(frame) for frame in decode(path)] == [0, 25, 50]


def test_rotation_is_applied(tmp_path: Path) -> None:
    upright = make_clip(tmp_path / "upright.mp4", seconds=2)
    clip = tmp_path / "turned.mp4"
    clip.write_bytes(turned(0, 1, -1, 0)(upright.read_bytes()))
    expected = np.rot90(decode(upright), k=-1, axes=(1, 2)).astype(float)
    assert np.abs(expected - decode(clip)).mean() < 1
    assert probe(clip, limits=Limits()).turn == ("transpose", "hflip")


def test_more_seconds_than_allowed_are_refused_while_decoding(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=5)
    with pytest.raises(BadVideo) as caught:
        decode(path, limits=Limits(max_duration_s=4))
    assert caught.value.code == "too_long"


def test_a_video_cut_short_is_truncated_or_corrupt(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", seconds=20, options=["-movflags", "+faststart"])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(BadVideo) as caught:
        decode(cut)
    assert caught.value.code in ("truncated", "corrupt")


def test_leaving_early_ends_the_decoder_in_the_middle_of_its_film(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=120, options=["-preset", "ultrafast"])

    def leave() -> None:
        with FrameStream(path, probe(path, limits=Limits())) as frames:
            next(iter(frames))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        in_time(leave)
    assert not [child for child in psutil.Process(os.getpid()).children(recursive=True) if child.name() == "ffmpeg"]


@pytest.mark.parametrize(
    "name", ["-dash.mp4", "a:b.mp4", "new\nline.mp4", "\N{CLAPPER BOARD} %d 'x'.mp4", "a,b[0].mp4"]
)
def test_file_names_of_any_kind_work(tmp_path: Path, name: str) -> None:
    path = make_clip(tmp_path / "plain.mp4", seconds=1).rename(tmp_path / name)
    assert decode(path).shape == (1, 299, 299, 3)


@pytest.mark.parametrize(
    ("n_frames", "batches"), [(1, [1]), (15, [15]), (16, [16]), (17, [16, 1]), (32, [16, 16]), (40, [16, 16, 8])]
)
def test_a_batch_has_one_to_sixteen_frames(tmp_path: Path, n_frames: int, batches: list[int]) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(1), n_frames=n_frames)
    with FrameStream(path, probe(path, limits=Limits())) as frames:
        assert [len(batch) for batch in frames] == batches


@pytest.mark.parametrize(
    ("n_before", "n_frames", "batches"),
    [
        (0, 16, [16]),
        (15, 16, [15, 1]),
        (16, 16, [16]),
        (16, 17, [16, 1]),
        (16, 32, [16, 16]),
        (17, 32, [16, 1, 15]),
        (32, 32, [16, 16]),
    ],
)
@pytest.mark.slow
def test_no_batch_is_empty_where_a_device_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_before: int, n_frames: int, batches: list[int]
) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(1), n_frames=n_frames)
    info = probe(path, limits=Limits())
    install_failing_ffmpeg(tmp_path, monkeypatch, n_frames=n_before)
    with FrameStream(path, info, decoding=Decoding(hwaccel="cuda")) as frames:
        given = list(frames)
    assert [len(batch) for batch in given] == batches
    assert [read_number(frame) for frame in np.concatenate(given)] == list(range(n_frames))


def test_what_goes_wrong_in_the_reading_thread_is_raised_as_it_is(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise MemoryError("no fault of the video's")

    monkeypatch.setattr(Decoder, "fill", fail)
    with pytest.raises(MemoryError):
        decode(clip)


@pytest.mark.slow
def test_time_counts_while_we_wait_for_the_decoder_and_not_while_it_waits_for_us(tmp_path: Path) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(1), n_frames=144)
    info = probe(path, limits=Limits())
    with (
        pytest.raises(DecodeTimeout),
        FrameStream(path, info, limits=Limits(max_decode_s=0.01)) as film,
    ):
        list(film)
    n_frames = 0
    with FrameStream(path, info, limits=Limits(max_decode_s=4)) as film:
        for batch in film:
            time.sleep(0.6)
            n_frames += len(batch)
    assert n_frames == 144


def test_a_decoder_that_drips_is_ended_when_its_time_is_up() -> None:
    decoder = Decoder(["sh", "-c", "while :; do printf x; sleep 0.1; done"], name="'drip'", max_decode_s=1)
    try:
        with pytest.raises(DecodeTimeout, match="more than 1 s"):
            decoder.fill(memoryview(bytearray(100)))
    finally:
        decoder.stop()
        decoder.close()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.slow
def test_the_frames_are_the_same_on_any_number_of_threads(tmp_path: Path, threads: int) -> None:
    options = ["-c:v", "libx264", "-bf", "3", "-g", "50"]
    path = make_clip(tmp_path / "clip.mp4", seconds=20, options=options)
    assert np.array_equal(decode(path, decoding=Decoding(threads=threads)), decode(path))


def test_a_device_that_is_not_there_costs_no_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # nor is it on a host that has one
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(1), n_frames=20)
    frames = decode(path, decoding=Decoding(hwaccel="cuda"))
    assert np.array_equal(frames, decode(path))
    assert "decoding with cuda failed" in caplog.text


def test_hardware_that_is_sought_and_not_found_is_no_fault_of_the_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("CUDA_VISIBLE_DEVICES", "DISPLAY"):
        monkeypatch.setenv(name, "")
    path = make_clip(tmp_path / "clip.mp4", seconds=3)
    assert len(decode(path, decoding=Decoding(hwaccel="auto"))) == 3
    assert "failed" not in caplog.text  # ffmpeg goes on by itself: nothing is decoded twice


def test_frames_go_on_where_a_device_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_numbered_video(tmp_path / "numbers.mp4", rate=Fraction(1), n_frames=40)
    expected = decode(path)
    install_failing_ffmpeg(tmp_path, monkeypatch, n_frames=20)
    frames = decode(path, decoding=Decoding(hwaccel="cuda"))
    assert [read_number(frame) for frame in frames] == list(range(40))
    assert np.array_equal(frames, expected)
    assert "failed to decode picture" in caplog.text


@pytest.mark.slow
def test_the_verdict_on_a_bad_video_is_that_without_hardware(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", seconds=20, options=["-movflags", "+faststart"])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    verdicts = []
    for hwaccel in (None, "cuda"):
        with pytest.raises(BadVideo) as caught:
            decode(cut, decoding=Decoding(hwaccel=hwaccel))
        verdicts.append((caught.value.code, str(caught.value)))
    assert verdicts[0] == verdicts[1]

"""Damaged videos, captures and jumping clocks: the frames a player would show, and what is told of the rest."""

import json
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from extractor.errors import BadVideo
from extractor.limits import Limits
from extractor.video.ffprobe import Picture
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from extractor.video.survey import find_damage
from extractor.video.timeline import count_seconds
from tests.support.videos import make_numbered_video, read_number, run_ffmpeg

RATE = Fraction(10)
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "10")
B_FRAMES = ("-c:v", "libx264", "-preset", "medium", "-bf", "2", "-g", "10")
HEVC = ("-c:v", "libx265", "-x265-params", "log-level=error:keyint=20:min-keyint=20")
PACKET = 188


def look(path: Path) -> tuple[list[int], FrameStream]:
    """Return the numbers that the frames show, and the stream after the last of them."""
    with FrameStream(path, probe(path, limits=Limits())) as stream:
        return [read_number(frame) for frame in np.concatenate(list(stream))], stream


def film(path: Path, *options: str, n_frames: int = 200, filters: str = "null", rate: Fraction = RATE) -> Path:
    return make_numbered_video(path, rate=rate, n_frames=n_frames, filters=filters, options=options or H264)


def seconds(first: int, last: int) -> list[int]:
    return [10 * second for second in range(first, last)]


def packets_of(path: Path) -> list[dict[str, str]]:
    wanted = ["-select_streams", "v", "-show_entries", "packet=pos,size", "-of", "json"]
    made = subprocess.run(["ffprobe", "-v", "error", *wanted, str(path)], check=True, capture_output=True)
    packets: list[dict[str, str]] = json.loads(made.stdout)["packets"]
    return packets


def spoil(path: Path, *numbers: int) -> Path:
    """Turn over most bytes of these frames."""
    data = bytearray(path.read_bytes())
    for packet in (packets_of(path)[number] for number in numbers):
        first, n_bytes = int(packet["pos"]), int(packet["size"])
        for place in range(first + n_bytes // 3, first + n_bytes - 1):
            data[place] ^= 0x5A
    path.write_bytes(data)
    return path


def cut_transport(path: Path, first: float, last: float = 1.0, *, offset: int = 0) -> Path:
    """Leave only the packets between two shares of the file, without the first bytes of the first."""
    data = path.read_bytes()
    n_packets = len(data) // PACKET
    path.write_bytes(data[int(n_packets * first) * PACKET + offset : int(n_packets * last) * PACKET])
    return path


@pytest.mark.parametrize("options", [H264, B_FRAMES, ("-c:v", "mpeg4", "-g", "10")])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.slow
def test_one_bad_frame_in_200_costs_at_most_one_second_and_is_told(
    tmp_path: Path, suffix: str, options: Sequence[str]
) -> None:
    numbers, stream = look(spoil(film(tmp_path / f"film.{suffix}", *options), 105))
    assert len(numbers) == 20
    assert [n for s, n in enumerate(numbers) if s not in (10, 11)] == [10 * s for s in range(20) if s not in (10, 11)]
    assert len(stream.damaged) <= 1
    assert set(stream.damaged) <= {10, 11}
    assert stream.damaged or stream.warnings


def test_a_film_of_which_more_than_a_tenth_is_damaged_is_corrupt(tmp_path: Path) -> None:
    path = spoil(film(tmp_path / "film.mp4"), *(10 * second + 5 for second in (3, 7, 12)))
    with pytest.raises(BadVideo, match="damaged in 3 of 20 seconds") as caught:
        look(path)
    assert caught.value.code == "corrupt"


def test_the_seconds_of_lost_packets_are_damaged(tmp_path: Path) -> None:
    path = film(tmp_path / "film.ts", n_frames=300)
    data = path.read_bytes()
    middle = len(data) // PACKET // 2 * PACKET
    path.write_bytes(data[:middle] + data[middle + 40 * PACKET :])
    numbers, stream = look(path)
    assert stream.damaged
    assert len(stream.damaged) <= 3
    assert [n for s, n in enumerate(numbers) if s not in stream.damaged] == [
        10 * s for s in range(30) if s not in stream.damaged
    ]


@pytest.mark.parametrize("options", [H264, B_FRAMES, HEVC, ("-c:v", "mpeg2video", "-q:v", "2", "-r", "25")])
@pytest.mark.slow
def test_a_capture_begins_with_its_first_whole_picture_and_the_rest_is_told(
    tmp_path: Path, options: Sequence[str]
) -> None:
    numbers, stream = look(cut_transport(film(tmp_path / "film.ts", *options), 0.33))
    assert len(numbers) >= 9
    assert numbers[0] > 0
    assert (np.diff(numbers) == 10).all()
    assert "beginning of the video is missing" in stream.warnings[0]


def test_the_seconds_that_a_container_has_lost_are_damaged(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", n_frames=300)
    packets = packets_of(path)
    data, middle = bytearray(path.read_bytes()), int(packets[155]["pos"])
    data[middle : middle + 300] = bytes(300)
    path.write_bytes(data)
    numbers, stream = look(path)
    assert stream.damaged
    assert {s for s, number in enumerate(numbers) if number != 10 * s} <= set(stream.damaged)


def test_the_missing_end_of_a_studio_file_is_no_picture_that_is_held(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mxf", "-c:v", "mpeg2video", "-q:v", "2", "-r", "25", n_frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(BadVideo, match=r"has \d of 10.0 seconds") as caught:
        look(path)
    assert caught.value.code == "truncated"


def test_the_missing_end_of_a_file_without_complaints_is_told(tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi", "-c:v", "mpeg4", n_frames=100)
    path.write_bytes(path.read_bytes()[: int(packets_of(path)[75]["pos"])])
    numbers, stream = look(path)
    assert numbers[:7] == seconds(0, 7)
    assert "shorter than its header says" in stream.warnings[0]


def test_two_films_joined_in_one_stream_are_shown_one_after_the_other(tmp_path: Path) -> None:
    first, second = film(tmp_path / "first.ts", n_frames=50), film(tmp_path / "second.ts", n_frames=30)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    numbers, stream = look(first)
    assert numbers == [*seconds(0, 5), *seconds(0, 3)]
    assert not stream.damaged


def test_a_capture_may_begin_within_a_packet(tmp_path: Path) -> None:
    path = cut_transport(film(tmp_path / "film.ts"), 0, offset=77)
    numbers, _ = look(path)
    assert numbers in (seconds(0, 20), [10 * s + numbers[0] for s in range(len(numbers))])
    assert len(numbers) >= 19


@pytest.mark.parametrize(("before", "after"), [(0, 16), (4, 0)])
@pytest.mark.parametrize("offset", [0, 101])
def test_packets_of_204_and_192_bytes_are_read(tmp_path: Path, before: int, after: int, offset: int) -> None:
    path = film(tmp_path / "film.ts", n_frames=50)
    data = path.read_bytes()
    packets = (data[place : place + PACKET] for place in range(0, len(data), PACKET))
    path.write_bytes(b"".join(bytes(before) + packet + bytes(after) for packet in packets)[offset:])
    numbers, _ = look(path)
    assert numbers[-4:] == seconds(1, 5)


@pytest.mark.parametrize("step", ["3600", "15", "-3", "-8"])
@pytest.mark.parametrize("options", [H264, B_FRAMES])
@pytest.mark.slow
def test_a_broadcast_goes_on_where_its_clock_jumps(tmp_path: Path, step: str, options: Sequence[str]) -> None:
    path = film(tmp_path / "first.ts", *options, n_frames=100)
    after = ("-output_ts_offset", str(10 + float(step)))
    later = film(
        tmp_path / "second.ts", *options, *after, n_frames=150, filters="trim=start_frame=100,setpts=PTS-STARTPTS"
    )
    path.write_bytes(path.read_bytes() + later.read_bytes())
    assert probe(path, limits=Limits()).duration_s == pytest.approx(15, abs=0.5)
    assert look(path)[0] == seconds(0, 15)


def test_the_last_picture_is_shown_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    plain = film(tmp_path / "plain.mp4", n_frames=45)
    held = "setts=duration=if(eq(N\\,44)\\,60*DURATION\\,DURATION)"
    for suffix in ("mkv", "mov"):
        path = tmp_path / f"film.{suffix}"
        run_ffmpeg(["-i", str(plain), "-c", "copy", "-bsf:v", held, str(path)])
        assert look(path)[0] == [*seconds(0, 5), 44, 44, 44, 44, 44, 44], suffix


def test_a_hole_is_damage_where_pictures_got_lost_and_else_a_picture_that_is_held() -> None:
    def pictures(*times: float, lost_before: float = -1.0) -> list[Picture]:
        return [Picture(time, time == 0, is_damaged=False, follows_lost=time == lost_before) for time in times]

    steps = tuple(n / 10 for n in range(26)) + tuple(n / 10 for n in range(52, 80))
    assert find_damage(pictures(*steps), 8, holes=False) == set()
    assert find_damage(pictures(*steps), 8, holes=True) == {3, 4, 5, 6}
    assert find_damage(pictures(*steps, lost_before=5.2), 8, holes=False) == {3, 4, 5, 6}


def test_a_film_of_another_rate_or_one_short_step_makes_no_holes_of_the_steps_that_follow() -> None:
    times = [*(n / 25 for n in range(51)), *(2.02 + n / 25 for n in range(25)), *(3 + n / 10 for n in range(30))]
    assert find_damage([Picture(time, time == 0, is_damaged=False) for time in times], 6, holes=True) == set()


def test_a_broadcast_whose_second_half_gives_no_picture_is_truncated(tmp_path: Path) -> None:
    path = film(tmp_path / "first.ts", n_frames=50)
    path.write_bytes(path.read_bytes() + film(tmp_path / "second.ts", *HEVC, n_frames=50).read_bytes())
    with pytest.raises(BadVideo, match="has 5 of") as caught:
        look(path)
    assert caught.value.code == "truncated"


def test_a_time_far_away_costs_neither_time_nor_memory() -> None:
    pictures = [Picture(0.0, is_key=True, is_damaged=False), Picture(1e12, is_key=False, is_damaged=True)]
    assert find_damage(pictures, 60, holes=False) == set(range(1, 60))


@pytest.mark.parametrize(
    ("damaged_at", "keys", "expected"),
    [(3.5, (), {4}), (3.5, (3.8,), {3}), (4.0, (), {4}), (4.0, (4.0,), {4}), (0.0, (0.0,), {0}), (3.5, (4.2,), {4})],
)
def test_damage_is_told_of_the_next_picture_unless_a_key_frame_comes_first(
    damaged_at: float, keys: tuple[float, ...], expected: set[int]
) -> None:
    times = [n / 10 for n in range(60)]
    pictures = [Picture(time, time in keys, is_damaged=time == damaged_at) for time in times]
    assert find_damage(pictures, 6, holes=False) == expected


@pytest.mark.parametrize(
    ("times", "jumps", "expected"),
    [
        ([7.0, 7.5, 8.0], True, [0.0, 0.5, 1.0]),
        ([0.0, 0.5, 3600.0, 3600.5], True, [0.0, 0.5, 1.0, 1.5]),
        ([0.0, 0.5, 3600.0], False, [0.0, 0.5, 3600.0]),
        ([5.0, 5.5, 1.0, 1.5], False, [0.0, 0.5, 1.0, 1.5]),
        ([5.0, 5.5, 5.0, 5.5], False, [0.0, 0.5, 0.0, 0.5]),
        ([5.0, 5.5, 5.0, 5.5], True, [0.0, 0.5, 1.0, 1.5]),
    ],
)
def test_seconds_go_on_where_a_clock_jumps(times: list[float], jumps: bool, expected: list[float]) -> None:
    assert list(count_seconds(times, jumps=jumps)) == expected

"""The made videos of ../shared/cases, like those people have: what its README says is right for each."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import NotMedia
from extractor.limits import Limits
from extractor.video.frames import FrameStream
from extractor.video.probe import probe

pytestmark = pytest.mark.shared_data


def look(path: Path) -> tuple[NDArray[np.uint8], FrameStream]:
    with FrameStream(path, probe(path, limits=Limits())) as stream:
        return np.concatenate(list(stream)), stream


def columns(frame: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the colours in the middle of the ten columns, of shape (10, 3)."""
    centres = ((np.arange(10) + 0.5) * frame.shape[1] / 10).astype(int)
    colors: NDArray[np.int64] = frame[150, centres].astype(np.int64)
    return colors


def numbers(frames: NDArray[np.uint8]) -> list[int]:
    """Return the numbers that films show as ten columns, the first the lowest bit."""
    return [int(sum(1 << bit for bit in np.flatnonzero(columns(frame).mean(axis=1) > 128))) for frame in frames]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat.ts", range(0, 150, 10)),
        ("midgop2.ts", range(50, 100, 10)),
        ("onebad.mp4", range(0, 100, 10)),
        ("partial.ts", range(0, 100, 10)),
        ("fonts40.mkv", range(0, 50, 10)),
        ("mono34.mov", range(0, 50, 10)),
        ("disc2.ts", range(0, 150, 10)),
    ],
)
def test_each_second_shows_its_frame(cases: Path, name: str, expected: range) -> None:
    assert numbers(look(cases / "media" / name)[0]) == list(expected)


def test_what_is_missing_or_damaged_is_told(cases: Path) -> None:
    assert "beginning of the video is missing" in look(cases / "media" / "midgop2.ts")[1].warnings[0]
    assert len(look(cases / "media" / "onebad.mp4")[1].damaged) == 1


@pytest.mark.parametrize(("name", "within"), [("h_pq.mp4", 12), ("h_pq.webm", 12), ("c02.mp4", 3)])
def test_patches_have_the_colours_of_the_sdr_original(cases: Path, name: str, within: int) -> None:
    (frame, _), (original, _) = look(cases / "media" / name)[0], look(cases / "media" / "h_sdr.mp4")[0]
    assert np.abs(columns(frame) - columns(original)).max() <= within


def test_an_interlaced_second_shows_one_moment(cases: Path) -> None:
    frames, _ = look(cases / "media" / "inter.ts")
    assert numbers(frames)[1] == 50
    assert columns(frames[1])[0].mean() < 60


def test_a_studio_file_is_read_and_a_raw_stream_refused_by_name(cases: Path) -> None:
    assert numbers(look(cases / "media" / "m.mxf")[0]) == list(range(0, 50, 10))
    with pytest.raises(NotMedia, match=r"a raw H\.264 stream; convert it first: ffmpeg -i") as caught:
        look(cases / "media" / "m.264")
    assert caught.value.code == "unsupported_format"

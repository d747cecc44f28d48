"""Marked seconds: what shows nothing of a film is found, what does is kept, on drawn pictures and on real ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from extractor.limits import Limits
from extractor.video.arguments import Shape
from extractor.video.frames import FrameStream
from extractor.video.marks import find_marks
from extractor.video.measures import Measurer
from extractor.video.probe import probe
from tests.extractor.video.drawn_frames import BLACK, SIDE, WHITE, Frame, card, scene, scenes

GREEN = (0, 110, 30)


def marks_of(frames: Sequence[Frame]) -> dict[str, tuple[int, ...]]:
    measurer = Measurer()
    for first in range(0, len(frames), 16):
        measurer.add(np.stack(frames[first : first + 16]))
    return find_marks(measurer.finish())


def test_a_card_is_named_by_its_colour_and_its_place() -> None:
    rating = card("THE FOLLOWING PREVIEW\nHAS BEEN APPROVED", ground=GREEN)
    logo, title, end = card("LIONSGATE"), card("THIS SUMMER"), card("COMING SOON\nIN CINEMAS")
    frames = [rating] * 2 + [logo] * 2 + scenes(0, 20) + [title] * 2 + scenes(20, 10) + [end] * 2
    assert marks_of(frames) == {"rating": (0, 1), "logo": (2, 3), "titles": (24, 25), "credits": (36, 37)}


def test_a_card_between_black_bars_is_one_and_so_is_a_dark_one_on_white() -> None:
    wide = np.zeros((SIDE, SIDE, 3), np.uint8)
    wide[40:-40] = card("THIS SUMMER", ground=(220, 230, 240), ink=(20, 30, 90))[40:-40]
    white = card("THE BEST FILM\nOF THE YEAR", ground=WHITE, ink=BLACK)
    frames = [*scenes(0, 20), wide, wide, *scenes(20, 5), white, white, *scenes(25, 5)]
    assert marks_of(frames) == {"titles": (20, 21, 27, 28)}


def test_black_seconds_are_marked_and_dark_scenes_are_not() -> None:
    black, noisy = (
        np.zeros((SIDE, SIDE, 3), np.uint8),
        np.random.default_rng(0).integers(0, 12, (SIDE, SIDE, 3), np.uint8),
    )
    night = [scene(number, light=0.12) for number in range(9)]  # no pixel above 31 of 255
    assert marks_of([black, noisy, *night, black]) == {"black": (0, 1, 11)}


def test_of_a_frozen_picture_two_seconds_count() -> None:
    frames = [*scenes(0, 3), *[scene(3)] * 6, *scenes(4, 3)]
    assert marks_of(frames) == {"still": (5, 6, 7, 8)}


def test_scenes_are_not_marked_wherever_they_are() -> None:
    assert marks_of(scenes(0, 60)) == {}


def test_a_single_second_is_measured() -> None:
    assert marks_of([scene(0)]) == {}
    assert marks_of([np.zeros((SIDE, SIDE, 3), np.uint8)]) == {"black": (0,)}


@pytest.mark.shared_data
@pytest.mark.parametrize("size", [147, 299])
def test_the_cards_and_the_black_of_a_real_trailer_are_found_at_any_size(shared_data: Path, size: int) -> None:
    video = shared_data / "video" / "sintel_trailer_480x204_h264_aac.mp4"
    measurer = Measurer()
    with FrameStream(video, probe(video, limits=Limits()), shape=Shape(size)) as frames:
        for batch in frames:
            measurer.add(batch)
    assert find_marks(measurer.finish()) == {
        "black": (0, 10, 11, 12, 16, 18, 22, 48, 51, 52),  # 10, 11 and 48 have a few small letters
        "credits": (41, 42, 43, 44, 45, 46, 47, 49, 50),
    }

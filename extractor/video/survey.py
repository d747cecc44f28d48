"""Surveys: a second, slower look at a video whose decoder complained, for the seconds whose picture is damaged."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, islice, pairwise
from pathlib import Path

from extractor.limits import Limits
from extractor.video.ffprobe import Picture, read_pictures
from extractor.video.timeline import count_seconds
from extractor.video.video_info import VideoInfo

MAX_PICTURES = 500_000  # of twenty minutes, 400 a second
_HOLE = 1.6  # steps as long as so many usual ones are pictures that got lost; film on video alternates 1 and 1.5
_SOON = 3  # where none of so many next steps is shorter, long steps are usual now: other films have other rates


@dataclass(frozen=True, slots=True)
class Survey:
    """The whole seconds whose picture is damaged or missing, and how many seconds are missing before the first."""

    damaged: tuple[int, ...]
    missing_s: float


def survey(path: Path, info: VideoInfo, limits: Limits, *, n_seconds: int, holes: bool) -> Survey:
    """Decode the video once more, on one thread, and return what is damaged; raises DecodeTimeout.

    With `holes` packets may be missing anywhere.
    """
    pictures = list(islice(read_pictures(path, info, limits), MAX_PICTURES))
    if info.cut_in_s is not None:
        pictures = list(dropwhile(lambda it: not it.is_key, pictures))
    if not pictures:
        return Survey((), 0.0)
    missing = max(0.0, pictures[0].time_s - info.cut_in_s) if info.cut_in_s is not None else 0.0
    seconds = count_seconds((it.time_s for it in pictures), jumps=info.has_clock_jumps)
    timed = [replace(it, time_s=round(second, 3)) for it, second in zip(pictures, seconds, strict=True)]
    return Survey(tuple(sorted(find_damage(timed, n_seconds, holes=holes))), missing)


def find_damage(pictures: Sequence[Picture], n_seconds: int, *, holes: bool) -> set[int]:
    """Return the damaged ones of so many seconds, of pictures whose times count from the first.

    A long step is damage, too, where pictures were lost, or anywhere with `holes`. Damage is told once, though it may
    last until the next key frame: of the next second's picture, or where that is whole again, of the second in which it
    is. Seconds between two pictures of which the latter is damaged have none of their own.
    """
    keys = [it.time_s for it in pictures if it.is_key]
    damaged: set[int] = set()
    usual = math.inf
    steps = [picture.time_s - before.time_s for before, picture in pairwise((pictures[0], *pictures))]
    for place, (before, picture) in enumerate(pairwise((pictures[0], *pictures))):
        step, next_steps = steps[place], steps[place + 1 : place + 1 + _SOON]
        is_hole = (holes or picture.follows_lost) and step > _HOLE * max(usual, min(next_steps, default=0))
        if picture.is_damaged or is_hole:
            damaged |= _seconds(before.time_s, picture, keys, last=n_seconds - 1)
        usual = usual if is_hole or not step else step
    return damaged


def _seconds(before_s: float, picture: Picture, keys: Sequence[float], *, last: int) -> set[int]:
    """Return the seconds that damage between two pictures takes away."""
    within, following = min(math.floor(before_s), last), math.ceil(picture.time_s)
    lost = set(range(within + 1, min(following, last + 1)))
    place = bisect_left(keys, picture.time_s)
    if picture.is_key and picture.is_damaged:
        place += 1
    healed = place < len(keys) and keys[place] <= following
    return lost if lost and healed else lost | {within if healed else min(following, last)}

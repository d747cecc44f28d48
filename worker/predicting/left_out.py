"""Stretches of a trailer that are left out of predictions, because they show nothing of the film."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Seconds that follow each other and have the same mark, such as black or titles; `end_s` is after the last."""

    kind: str
    start_s: int
    end_s: int


def list_left_out(marks: Mapping[str, Sequence[int]]) -> tuple[LeftOut, ...]:
    """Return the stretches of marked seconds in the order of the trailer."""
    runs = (LeftOut(kind, run[0], run[-1] + 1) for kind, seconds in marks.items() for run in _runs(seconds))
    return tuple(sorted(runs, key=lambda stretch: stretch.start_s))


def _runs(seconds: Sequence[int]) -> list[list[int]]:
    rows = groupby(enumerate(sorted(seconds)), key=lambda row: row[1] - row[0])
    return [[second for _, second in run] for _, run in rows]

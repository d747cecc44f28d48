"""Flags: what a whole video lacks, a word for programs and a sentence for people."""

from collections.abc import Iterator

from extractor.features import FrameFeatures

ENOUGH = 5  # usable seconds
SHORT_S = 10
NAMES = ("black", "few_seconds", "still", "short")
MOSTLY = 0.8  # of the undamaged seconds


def find_flags(features: FrameFeatures) -> dict[str, str]:
    """Return those of NAMES that a video deserves, with what each means."""
    return dict(_flags(features))


def is_black(features: FrameFeatures) -> bool:
    """Tell whether no undamaged second shows anything."""
    return len(features.marks.get("black", ())) >= len(features.intact)


def _flags(features: FrameFeatures) -> Iterator[tuple[str, str]]:
    n_seconds, n_unmarked = len(features), len(features.unmarked)
    if is_black(features):
        yield "black", f"The picture is black in all {n_seconds} seconds: its frames say nothing of the film."
    elif not n_unmarked:
        yield "few_seconds", f"Only cards and black in all {n_seconds} seconds: this verdict rests on 0 usable seconds."
    elif n_unmarked < ENOUGH:
        seconds = "second" if n_unmarked == 1 else "seconds"
        yield "few_seconds", f"This verdict rests on {n_unmarked} usable {seconds}."
    if len(features.marks.get("still", ())) >= MOSTLY * len(features.intact):
        yield "still", f"The picture stands still for most of its {n_seconds} seconds."
    if n_seconds < SHORT_S:
        yield "short", f"The video lasts {n_seconds} seconds, less than any trailer."

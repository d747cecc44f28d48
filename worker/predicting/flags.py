"""Flags: what a whole video lacks, a word for programs and a sentence for people."""

from collections.abc import Iterator

from extractor.features import FrameFeatures, all_are_black

ENOUGH = 5  # usable seconds
SHORT_S = 10
ONE_SHOT_S = 20  # in which a trailer would have cut
NAMES = ("black", "few_seconds", "still", "one_shot", "short")
MOSTLY = 0.8  # of the undamaged seconds


def find_flags(features: FrameFeatures) -> dict[str, str]:
    """Return those of NAMES that a video deserves, with what each means."""
    return dict(_flags(features))


def is_black(features: FrameFeatures) -> bool:
    """Tell whether no undamaged second shows anything."""
    return all_are_black(features.marks, features.intact)


def _flags(features: FrameFeatures) -> Iterator[tuple[str, str]]:
    length, n_unmarked = _seconds(len(features)), len(features.unmarked)
    if is_black(features):
        yield "black", f"The picture is black throughout, for {length}: its frames say nothing of the film."
    elif not n_unmarked:
        yield "few_seconds", f"Only cards and black for {length}, which all count: this verdict rests on nothing else."
    elif n_unmarked < ENOUGH:
        yield "few_seconds", f"This verdict rests on {_seconds(n_unmarked, 'usable ')}."
    if len(features.marks.get("still", ())) >= MOSTLY * len(features.intact):
        yield "still", f"The picture stands still for most of its {length}."
    elif features.cuts == () and not is_black(features) and len(features) >= ONE_SHOT_S:
        yield "one_shot", f"The picture never cuts: one shot of {length}, where trailers cut every few seconds."
    if len(features) < SHORT_S:
        yield "short", f"The video lasts {length}, less than any trailer."


def _seconds(n: int, kind: str = "") -> str:
    return f"{n} {kind}{'second' if n == 1 else 'seconds'}"

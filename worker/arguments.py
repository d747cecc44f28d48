"""Arguments that several commands take."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

MAX_PRIORITY = 100


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number within these bounds."""

    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


MIN_PICTURE, MAX_PICTURE = 75, 1024  # pixels a side: Inception-V3 takes no smaller ones


picture_size = _whole_number(MIN_PICTURE, MAX_PICTURE)
positive, natural = _whole_number(1, 2**31 - 1), _whole_number(0, 2**31 - 1)
priority = _whole_number(-MAX_PRIORITY, MAX_PRIORITY)


def add_backbone(parser: "argparse.ArgumentParser | argparse._ArgumentGroup", *, default: str) -> None:
    """Add the choice of the network that looks at posters; `default` describes the one used when none is named."""
    parser.add_argument(
        "--backbone",
        metavar="NAME",
        help=f"the network that looks at posters ({default}): inception_v3, starter, or resnet50 or another of "
        "keras.applications",
    )
    parser.add_argument(
        "--backbone-weights", type=Path, metavar="FILE", help="its weights, without top (ImageNet's, downloaded once)"
    )
    size = f"show it pictures of {MIN_PICTURE} to {MAX_PICTURE} pixels a side (its own size); features_id names another"
    parser.add_argument("--picture-size", type=picture_size, metavar="N", help=size)


def read_sources(sources: Sequence[str]) -> Iterator[str]:
    """Yield the sources of a command line; a - stands for the lines of stdin that aren't blank."""
    for source in sources:
        if source != "-":
            yield source
            continue
        for line in sys.stdin:
            if line.strip():
                yield line.rstrip("\r\n")


def stages(text: str) -> tuple[str, ...]:
    """Return the stages of jobs; raises argparse.ArgumentTypeError."""
    from db.queue.job_records import ALL_STAGES

    named = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not named or not set(named) <= set(ALL_STAGES):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of stages; they are {', '.join(ALL_STAGES)}")
    return named

"""Arguments that several commands take."""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from db.identity import Scalar, check_metadata, check_text, check_year
from db.labelling.decisions import MAX_REVIEWER

MAX_PRIORITY = 100
LABEL_SOURCES = ("house", "imdb", "tmdb", "movielens", "lmtd9", "movienet", "trailers12k", "other")
IDENTITY = ("external_id", "title", "year", "imdb_id", "film", "franchise")
CLEARED = ""  # the value of an argument that clears a field


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number within these bounds."""

    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


MIN_PICTURE, MAX_PICTURE = 75, 1024  # pixels a side: Inception-V3 takes no smaller ones


picture_size = whole_number(MIN_PICTURE, MAX_PICTURE)
positive, natural = whole_number(1, 2**31 - 1), whole_number(0, 2**31 - 1)
priority = whole_number(-MAX_PRIORITY, MAX_PRIORITY)


def add_backbone(parser: "argparse.ArgumentParser | argparse._ArgumentGroup", *, default: str) -> None:
    """Add the choice of the network that looks at posters; `default` describes the one used when none is named."""
    parser.add_argument(
        "--backbone",
        metavar="NAME",
        help=f"the network that looks at posters ({default}): inception_v3, starter, resnet50, efficientnet_lite0, "
        "clip_vit_b32 or another (trailers doctor --backbones)",
    )
    parser.add_argument(
        "--backbone-weights",
        type=Path,
        metavar="FILE",
        help="its weights, without top (those published, downloaded once)",
    )
    size = f"show it pictures of {MIN_PICTURE} to {MAX_PICTURE} pixels a side (its own size); features_id names another"
    parser.add_argument("--picture-size", type=picture_size, metavar="N", help=size)


def add_trailer(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a stored trailer."""
    text = "a trailer_id or its beginning, your own id, the title, a link, or the file"
    parser.add_argument("id", metavar="ID", help=text)


def add_words_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --plot-from-description and --frames-only."""
    add = parser.add_mutually_exclusive_group().add_argument
    add(
        "--plot-from-description",
        action="store_true",
        help="use the uploader's description where there is no plot, of files and with TRAILERS_WORDS=off, too",
    )
    add("--frames-only", action="store_true", help="look at the frames alone, at no title, description, plot or poster")


def add_identity_arguments(parser: argparse.ArgumentParser, *, clearable: bool = False) -> None:
    """Add --id, --title, --year, --imdb-id, --film and --franchise; with `clearable` an empty text is CLEARED."""
    known = (
        ("--id", "external_id", "ID", "your own id of the trailer"),
        ("--title", "title", "TEXT", "the film's title"),
        ("--year", "year", "YEAR", "the film's year"),
        ("--imdb-id", "imdb_id", "ID", "the film's id at IMDb, such as tt0111161"),
        ("--film", "film", "ID", "your own id of the film, the same for all of its trailers"),
        ("--franchise", "franchise", "TEXT", "the franchise the film belongs to"),
    )
    for flag, name, metavar, text in known:
        parser.add_argument(flag, dest=name, metavar=metavar, type=_identity(name, clearable=clearable), help=text)


def _identity(name: str, *, clearable: bool) -> Callable[[str], str | int]:
    def parse(text: str) -> str | int:
        if clearable and not text.strip():
            return CLEARED
        try:
            return read_year(text) if name == "year" else check_text(name, text)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

    return parse


def read_year(text: str) -> int:
    """Return the year that a text names; raises ValueError."""
    if not (text.isascii() and text.strip().isdigit() and len(text.strip()) == 4):
        raise ValueError(f"{text!r} is not a valid year; write it with four digits")
    return check_year(int(text))


def key_and_value(text: str) -> tuple[str, Scalar]:
    """Return the key and the value of metadata in KEY=VALUE; raises argparse.ArgumentTypeError."""
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not KEY=VALUE")
    try:
        check_metadata({key: value})
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
    return key, value


def read_sources(sources: Sequence[str]) -> Iterator[str]:
    """Yield the sources of a command line; a - stands for the lines of stdin that aren't blank."""
    for source in sources:
        if source != "-":
            yield source
            continue
        for line in sys.stdin:
            if line.strip():
                yield line.rstrip("\r\n")


def short_text(longest: int) -> Callable[[str], str]:
    """Return a type for argparse: a text of 1 to `longest` characters."""

    def parse(text: str) -> str:
        if not 0 < len(text.strip()) <= longest:
            raise argparse.ArgumentTypeError(f"give 1 to {longest:,} characters")
        return text.strip()

    return parse


def stages(text: str) -> tuple[str, ...]:
    """Return the stages of jobs; raises argparse.ArgumentTypeError."""
    from db.queue.job_records import ALL_STAGES

    named = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not named or not set(named) <= set(ALL_STAGES):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of stages; they are {', '.join(ALL_STAGES)}")
    return named


def person(text: str) -> str:
    """Return a person's name; raises argparse.ArgumentTypeError."""
    name = text.strip()
    if not 0 < len(name) <= MAX_REVIEWER or not name.isprintable():
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not a valid name; it has 1 to {MAX_REVIEWER} characters")
    return name


def add_by(parser: argparse._ActionsContainer, *, role: str) -> None:
    """Add --by, the person who does it: this machine's user unless named."""
    text = f"the {role} (the user of this machine)"
    parser.add_argument("--by", type=person, default=user_name(), metavar="NAME", help=text)


def user_name() -> str:
    """Return the name of this machine's user; `local` where there is none, as for the page without tokens."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "local"

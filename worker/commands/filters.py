"""Filters of the library that commands share: which trailers are meant; no command itself."""

import argparse
from datetime import datetime

from classifier.genres import CANONICAL, read_genres
from db.library_records import LibraryQuery
from worker.clock import read_time

NO_TRAILER = "No trailer is stored yet; to store one: trailers analyze clip.mp4"
NO_MATCH = "No stored trailer is like that"


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add --id, --film, --text, --genre, --reviewed and --changed-since."""
    add = parser.add_argument
    add("--id", metavar="ID", help="only the trailers with this id of yours")
    add("--film", metavar="ID", help="only the trailers of this film")
    add("--text", metavar="WORDS", help="only the trailers found by these words")
    add("--genre", action="append", default=[], type=_genre, metavar="GENRE", help="only those with it as a verdict")
    add("--reviewed", action="store_true", help="only those with a review that nothing newer contradicts")
    add(
        "--changed-since",
        type=time_argument,
        metavar="TIME",
        help="only those that changed since a day or time (in UTC)",
    )


def read_filters(arguments: argparse.Namespace) -> LibraryQuery:
    """Return the trailers that the filters mean."""
    return LibraryQuery(
        external_id=arguments.id,
        film_id=arguments.film,
        text=arguments.text,
        genres=tuple(arguments.genre),
        reviewed=arguments.reviewed or None,
        changed_since=arguments.changed_since,
    )


def _genre(text: str) -> str:
    read = read_genres([text], "other").genres
    if not read:
        raise argparse.ArgumentTypeError(f"{text!r} is not a genre; they are {', '.join(CANONICAL)}")
    return read[0]


def time_argument(text: str) -> datetime:
    """Return the time that an argument names; raises argparse.ArgumentTypeError."""
    try:
        return read_time(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc

"""Filters of the library that commands share: which trailers are meant; no command itself."""

import argparse
from datetime import datetime

from classifier.errors import UnknownGenre
from db.library_records import LibraryQuery
from db.store import Store
from worker.clock import read_time
from worker.errors import UsageError

NO_TRAILER = "No trailer is stored yet; to store one: trailers analyze clip.mp4"
NO_MATCH = "No stored trailer is like that"


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add --id, --film, --search, --genre, --reviewed and --changed-since."""
    add = parser.add_argument
    add("--id", metavar="ID", help="only the trailers with this id of yours")
    add("--film", metavar="ID", help="only the trailers of this film")
    add("--text", "--search", dest="text", metavar="WORDS", help="only the trailers found by these words")
    add(
        "--genre",
        action="append",
        default=[],
        metavar="GENRE",
        help="only those with it as a verdict, a genre or a word of your house; may be repeated",
    )
    add("--reviewed", action="store_true", help="only those with a review that nothing newer contradicts")
    add(
        "--changed-since",
        type=time_argument,
        metavar="TIME",
        help="only those that changed since a day or time (in UTC)",
    )


def read_filters(store: Store, arguments: argparse.Namespace) -> LibraryQuery:
    """Return the trailers that the filters mean; raises UsageError for an unknown genre."""
    genres = [genre for name in arguments.genre for genre in read_genre(store, name)]
    return LibraryQuery(
        external_id=arguments.id,
        film_id=arguments.film,
        text=arguments.text,
        genres=tuple(dict.fromkeys(genres)),
        reviewed=arguments.reviewed or None,
        changed_since=arguments.changed_since,
    )


def read_genre(store: Store, name: str) -> tuple[str, ...]:
    """Return the genres that an argument names, one of ours or a word of the house; raises UsageError."""
    try:
        return store.taxonomies.current().find(name)
    except UnknownGenre as exc:
        raise UsageError(f"--genre: {exc}") from exc


def time_argument(text: str) -> datetime:
    """Return the time that an argument names; raises argparse.ArgumentTypeError."""
    try:
        return read_time(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc

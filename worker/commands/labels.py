"""Give stored trailers the genres that a list has for them

FILE is a csv, tsv or jsonl list with a column of genres and one that names the trailers: trailer_id, url, path,
imdb_id, or at last title. --source says whose words the genres are: a genre that source doesn't have is unknown for
its films, not absent. What a person has reviewed stays; where a list says otherwise for the first time, the trailer is
to be reviewed again. The same list again changes nothing.

examples:
  trailers labels import films.csv --source imdb
  trailers labels import movies.csv --source movielens --id-column link --genres-column genres
  trailers labels import labels.jsonl --json
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import exit_status

if TYPE_CHECKING:
    from worker.learning.label_import import ImportTally
    from worker.settings import Settings

SOURCES = ("imdb", "tmdb", "movielens", "lmtd9", "movienet", "trailers12k", "other")
SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    action = actions.add_parser("import", help="set the labels of stored trailers", description="Set labels.")
    action.add_argument("file", type=Path, metavar="FILE", help="a csv, tsv or jsonl file")
    action.add_argument("--source", choices=SOURCES, default="other", help="whose genres they are (other)")
    action.add_argument("--id-column", metavar="NAME", help="the column that names the trailers (found)")
    action.add_argument("--title-column", metavar="NAME", help="the column with titles (found)")
    action.add_argument("--genres-column", metavar="NAME", help="the column with genres (found)")
    action.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Set the labels; return 0, 3 when some rows could not be used, 4 when none of their trailers is stored."""
    from worker.documents import to_json
    from worker.learning.label_import import LabelImport
    from worker.lists.labels import Columns
    from worker.runtime import Runtime

    columns = Columns(arguments.id_column, arguments.title_column, arguments.genres_column)
    with Runtime(settings) as runtime:
        labelling = LabelImport(runtime.store, arguments.file, source=arguments.source, sites=settings.sites)
        tally = labelling.run(columns)
    if arguments.json:
        print(to_json(tally.document()))
    else:
        _print(tally)
    if tally.problems["not_found"] and not tally.matched:
        return exit_status(["not_found"], n_all=1)
    return exit_status(list(tally.problems.elements()), n_all=tally.rows)


def _print(tally: "ImportTally") -> None:
    print(f"{tally.rows:,} rows, {tally.matched:,} of stored trailers: {tally.changed:,} trailers labelled", end="")
    print(f", {tally.unchanged:,} had these labels already")
    if tally.kept_reviews:
        print(f"{tally.kept_reviews:,} trailers keep their review, which says otherwise")
    for what, n in (
        ("whose trailer isn't stored", tally.problems["not_found"]),
        ("without a usable name or genre", tally.problems["bad_source"]),
    ):
        if n:
            print(f"{n:,} rows {what}", file=sys.stderr)
    for what, counts in (("not understood", tally.unknown_genres), ("repaired", tally.repaired_genres)):
        if counts:
            ranked = ", ".join(f"{genre!r} ({n:,})" for genre, n in counts.most_common(SHOWN))
            print(f"genres {what}: {ranked}", file=sys.stderr)

"""Label stored trailers with the genres of a list

FILE is a csv, tsv or jsonl list with a column of genres and one that names the trailers: trailer_id, url, path,
imdb_id, or as a last resort title. Genres may also have a column each, of 1 and 0. They are words of your house, as
`trailers taxonomy` explains them, unless --source names another vocabulary: a genre that the source does not have is
unknown for its films, not absent. Words that are not understood are told, and kept as they are written.
The tags of each source are kept beside those of all others: of a genre that several decide, a review counts first,
then the house's own list, then imdb, tmdb and the others in the order of --source. Tags that newly contradict a review
put the trailer up for review again. The same list again changes nothing.

examples:
  trailers labels import films.csv
  trailers labels import films.csv --source imdb
  trailers labels import movies.csv --source movielens --id-column link --genres-column genres
  trailers labels import labels.jsonl --json
"""

import argparse
from pathlib import Path

from classifier.counts import count
from classifier.taxonomy import HOUSE
from worker.arguments import LABEL_SOURCES
from worker.commands.output import print_json, say, say_bad_rows
from worker.errors import exit_status
from worker.importers.label_import import ImportTally, LabelImport
from worker.lists.labels import Columns
from worker.lists.tags import describe_reviews
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "label stored trailers with the genres of a list"
    action = actions.add_parser("import", help=summary, description=summary)
    action.add_argument("file", type=Path, metavar="FILE", help="a csv, tsv or jsonl file")
    action.add_argument("--source", choices=LABEL_SOURCES, default=HOUSE, help="where the genres come from (house)")
    for column, what in (("id", "that names the trailers"), ("title", "with titles"), ("genres", "with genres")):
        action.add_argument(f"--{column}-column", metavar="NAME", help=f"the column {what} (found by its name)")
    action.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set the labels; return 0, 3 when some rows could not be used, 4 when none of their trailers is stored."""
    columns = Columns(arguments.id_column, arguments.title_column, arguments.genres_column)
    with Runtime(settings) as runtime:
        label_import = LabelImport(runtime.store, arguments.file, source=arguments.source, sites=settings.sites)
        tally = label_import.run(columns)
    for note in label_import.notes:
        say(f"{arguments.file.name}: {note}")
    found = dict(sorted(label_import.errors.items()))
    say_bad_rows(arguments.file.name, found)
    if arguments.json:
        errors = [{"row": row, "code": each.code, "message": each.message} for row, each in found.items()]
        print_json({**tally.document(), "notes": label_import.notes, "errors": errors})
    else:
        _print(tally)
    if tally.problems["not_found"] and not tally.matched:
        return exit_status(["not_found"], n_all=1)
    return tally.status


def _print(tally: ImportTally) -> None:
    print(
        f"{count(tally.rows, 'row')}, {tally.matched:,} of stored trailers: {count(tally.changed, 'trailer')} labelled",
        end="",
    )
    print(f", {tally.unchanged:,} had these labels already")
    for note in describe_reviews(tally.kept_reviews, tally.reopened):
        print(note)
    if n := tally.problems["not_found"]:
        say(f"{count(n, 'row')} whose trailer isn't stored")
    if n := tally.problems.total() - n:
        say(f"{count(n, 'row')} that can't be used")
    for note in tally.notes():
        say(note)

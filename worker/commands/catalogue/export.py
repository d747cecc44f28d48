"""Write tags, predictions or timelines to a csv, jsonl or parquet file, complete or not at all

tags has a row for each trailer: whose it is, the tags of your house as they were written, the verdict with its scores
and the seconds behind it, what a person reviewed, the tags in effect in genres and in the words of your house
(`trailers taxonomy`), and what may be the matter. predictions has a row for each genre of the newest prediction,
timelines one for each of its seconds and genres. docs/reference/export-columns.md explains every column.

Without OUT it is CSV on stdout, or JSON lines with --json. A parquet file needs pyarrow. Each export ends with
the --changed-since of the next one, which then has every trailer whose tags, reviews, verdict or title changed.

examples:
  trailers export tags tags.csv
  trailers export tags approved.csv --reviewed    only what people have approved
  trailers export tags changed.jsonl --changed-since 2026-11-21T18:30Z
  trailers export predictions scores.parquet      for pandas.read_parquet
  trailers export timelines heat.csv --film tt0113277
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from classifier.counts import count
from db.library_records import LibraryQuery
from worker.commands.filters import NO_MATCH, NO_TRAILER, add_filters, read_filters
from worker.commands.output import print_json, say
from worker.exporting.scores import prediction_table, timeline_table
from worker.exporting.tables import Row, Table, check_output, json_lines, write_table
from worker.exporting.tags import tag_table
from worker.inference.registry import find_model
from worker.progress import Report, show_progress
from worker.runtime import Runtime
from worker.settings import Settings

REPORTED = 1000  # rows between two moves of the bar
SLACK = timedelta(minutes=1)  # a change has its time from the clock of another machine, a moment before it is written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("tags", "write the tags of each trailer, by whom they are, and those in effect"),
        ("predictions", "write the genres and scores of each trailer's newest prediction"),
        ("timelines", "write the scores of each second and genre"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument("out", type=Path, nargs="?", metavar="OUT", help="a .csv, .jsonl or .parquet file")
        add_filters(action)
        if name != "tags":
            action.add_argument("--model", metavar="MODEL", help="the predictions of this model, not the newest ones")
        action.add_argument("--json", action="store_true", help="print JSON lines; with OUT, one summary")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the table; one without rows is no failure."""
    check_output(arguments.out)
    since, counter = datetime.now(UTC) - SLACK, _Count()
    with Runtime(settings) as runtime, show_progress("export") as progress:
        wanted = read_filters(runtime.store, arguments)
        table = _table(runtime, arguments, wanted)
        table = replace(table, rows=counter.of(table.rows, progress.stage(arguments.action)))
        if arguments.json and arguments.out is None:
            sys.stdout.writelines(json_lines(table))
        else:
            write_table(table, arguments.out)
    _summarise(arguments, counter.n_rows, f"{since:%Y-%m-%dT%H:%MZ}")
    if not counter.n_rows:
        say(NO_TRAILER if wanted == LibraryQuery() else NO_MATCH)
    return 0


def _table(runtime: Runtime, arguments: argparse.Namespace, wanted: LibraryQuery) -> Table:
    if arguments.action == "tags":
        return tag_table(runtime, wanted)
    model_id = find_model(runtime.store, arguments.model).model_id if arguments.model else None
    table_of = prediction_table if arguments.action == "predictions" else timeline_table
    return table_of(runtime, wanted, model_id=model_id)


class _Count:
    """The number of rows that have been read."""

    n_rows = 0

    def of(self, rows: Iterable[Row], report: Report) -> Iterator[Row]:
        """Yield the rows and count them."""
        for row in rows:
            self.n_rows += 1
            if self.n_rows % REPORTED == 0:
                report(self.n_rows, None)
            yield row


def _summarise(arguments: argparse.Namespace, n_rows: int, since: str) -> None:
    if arguments.json and arguments.out:
        print_json({"out": str(arguments.out), "rows": n_rows, "next_changed_since": since})
    elif arguments.out:
        say(f"{count(n_rows, 'row')}: {arguments.out}")
    say(f"What changes from now on: --changed-since {since}")

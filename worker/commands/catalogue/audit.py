"""List the trailers whose tags are most likely wrong, the likeliest mistake first

For each stored trailer with tags and a prediction: how likely it is that a tag is wrong or missing, the tag that is
doubtful, the genre that is missing, and the tags that are suggested. The probability compares the tags with the scores
of the newest prediction and with the tags of all other trailers; it assumes that one trailer in twenty has a wrong tag.
Trailers without tags are left out, and those whose tags come from a review unless --reviewed.

To decide on many at once, write them to a file, fill in its column decision and read it back. Each decision becomes a
review: accept sets the tags in the column suggestion, which you may change before (genres or words of your house,
separated by |); dismiss says that the tags are right. Rows without a decision, and those that were decided before,
change nothing.

examples:
  trailers audit                                  the first fifty
  trailers audit --genre Western --limit 20       only whether Western is wrong or missing
  trailers audit --out audit.csv
  trailers audit --apply audit.csv --by anna
"""

import argparse
from collections import Counter
from itertools import islice
from pathlib import Path

from classifier.counts import count
from db.store import Store
from worker.arguments import add_by, positive
from worker.auditing.audit import Audit, make_audit
from worker.auditing.decision_file import read_decisions
from worker.auditing.decisions import MADE, FindingDecision, decide
from worker.auditing.rows import AuditRow, audit_table, read_rows
from worker.commands.filters import read_genre
from worker.commands.output import print_json, say
from worker.errors import UsageError
from worker.exporting.tables import check_output, json_lines, write_table
from worker.predicting.report import print_table, title_of
from worker.runtime import Runtime
from worker.settings import Settings
from worker.terminal import warn

SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("--genre", metavar="GENRE", help="only mistakes in this genre, ours or a word of your house")
    add("--limit", type=positive, metavar="N", help=f"at most this many ({SHOWN}; with --out all)")
    add("--reviewed", action="store_true", help="also those whose tags come from a review")
    add("--json", action="store_true", help="print one JSON line for each")
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--out", type=Path, metavar="FILE", help="write a .csv, .jsonl or .parquet file instead")
    files.add_argument("--apply", type=Path, metavar="FILE", help="make reviews of the decisions in this .csv file")
    add_by(parser, role="person who decides")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the findings, write them, or apply decisions: then return 3 where some can't be kept."""
    check_output(arguments.out)
    with Runtime(settings) as runtime:
        if arguments.apply:
            return _apply(runtime, arguments)
        genre, audit = _genre(runtime.store, arguments.genre), make_audit(runtime.store)
        findings = islice(audit.rank(genre=genre, reviewed=arguments.reviewed), _limit(arguments))
        rows = read_rows(runtime.store, findings, reviewed=arguments.reviewed)
        if arguments.out:
            write_table(audit_table(rows), arguments.out)
            _say_file(arguments.out)
        elif arguments.json:
            for line in json_lines(audit_table(rows)):
                print(line, end="")
        else:
            _print(list(rows))
    _say_counts(audit, reviewed=arguments.reviewed)
    return 0


def _genre(store: Store, name: str | None) -> str | None:
    """Return the one genre that a name means; raises UsageError."""
    genres = read_genre(store, name) if name else ()
    if len(genres) > 1:
        raise UsageError(f"--genre: {name!r} means {' and '.join(genres)}; name one of them")
    return genres[0] if genres else None


def _limit(arguments: argparse.Namespace) -> int | None:
    return arguments.limit or (None if arguments.out else SHOWN)


def _print(rows: list[AuditRow]) -> None:
    print_table(("trailer_id", "wrong", "tags", "suggestion", "id", "title"), list(map(_cells, rows)))


def _cells(row: AuditRow) -> tuple[str, ...]:
    trailer, tags = row.trailer, ", ".join(row.words(row.finding.tags))
    doubt = (f"{row.finding.probability:.2f}", tags, _changes(row))
    return trailer.trailer_id, *doubt, trailer.external_id or "", title_of(trailer)


def _changes(row: AuditRow) -> str:
    signed = [("-", genre) for genre in row.removed] + [("+", genre) for genre in row.added]
    return ", ".join(f"{sign}{'/'.join(row.words_of(genre))}" for sign, genre in signed)


def _say_counts(audit: Audit, *, reviewed: bool) -> None:
    n_reviewed = 0 if reviewed else audit.n_reviewed
    left_out = (
        (audit.n_untagged, "without tags"),
        (audit.n_unscored, "without a prediction"),
        (n_reviewed, "reviewed"),
    )
    told = ", ".join(f"{n:,} {what}" for n, what in left_out if n)
    say(f"{count(len(audit.trailers) - n_reviewed, 'trailer')} audited" + (f"; left out: {told}" if told else ""))


def _apply(runtime: Runtime, arguments: argparse.Namespace) -> int:
    """Make reviews of the decisions in a file; tell each row that can't be kept, and how many became what."""
    counts: Counter[str] = Counter()
    for number, found in read_decisions(arguments.apply, runtime.store.taxonomies.current()):
        status, problem = _decide(runtime, found, reviewer=arguments.by)
        counts[status] += 1
        if problem:
            warn(f"row {number}: {problem}")
    n_bad = counts.total() - sum(counts[status] for status in MADE)
    if arguments.json:
        print_json({"reviewed": counts["reviewed"], "unchanged": counts["unchanged"], "not_kept": n_bad})
    else:
        print(
            f"{count(counts['reviewed'], 'review')} made, {counts['unchanged']:,} made before, "
            f"{count(n_bad, 'row')} not kept"
        )
    return 3 if n_bad else 0


def _decide(runtime: Runtime, found: FindingDecision | str, *, reviewer: str) -> tuple[str, str | None]:
    """Return what a row came to, and why it can't be kept."""
    if isinstance(found, str):
        return "unreadable", found
    result = decide(runtime.store, found, reviewer=reviewer)
    return result.status, result.message


def _say_file(path: Path) -> None:
    say(f"Findings: {path}")
    if path.suffix.lower() == ".csv":
        say(f"Write accept or dismiss into its column decision, then: trailers audit --apply {path}")

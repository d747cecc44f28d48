"""Review the tags of trailers, alone or as a team: decide, undo, exchange, and see where people differ

ID is a trailer_id as `trailers list` prints it or the beginning of one, your own id, the title, a link, or the video
file itself. A review accepts, rejects or adds genres; what it leaves open stays and is confirmed. Genres are ours, or
words of your house, as `trailers taxonomy` explains them. The last review of a trailer that isn't undone counts before
all other tags.

Reviews are of --by, by default the user of this machine; on the page and in the API, of whoever signed in. Each
reviewer's last review of a trailer is their opinion: `disagreements` shows where opinions differ, `agreement` how far
people agree beyond chance, by Cohen's kappa for two, Fleiss' for more (1 always, 0 as chance would have it).

`next` is a reviewer's queue: what is assigned to them, then what is nobody's, then what they have skipped; what is
assigned to others is left to them. It begins with the largest disagreement of tags and verdict or, with --order
learning, with what would teach a model most: where it is least sure, of genres that few trailers have, and no two
trailers of a film in a row. The page shows the same queue; without tokens its reviewer is called local.

`export` writes reviews with all that is known of them, and `import` reads them back: the same file again adds nothing.
A file made by hand needs a column trailer_id or external_id and one of accept, reject, add (genres separated by |);
reviewer, reasons (a JSON object of genres and texts), note and created_at are optional. A row that can't be used is
told with its number and code, and the others are kept.

examples:
  trailers review add WB-0001 --accept Drama --reject Comedy --reason Comedy="one joke" --by anna
  trailers review undo WB-0001
  trailers review list --reviewer anna --since 2026-11-21
  trailers review show WB-0001
  trailers review export reviews.csv
  trailers review import reviews.csv
  trailers review disagreements
  trailers review agreement --json
  trailers review next --by anna --order learning
  trailers review skip WB-0001 --by anna
  trailers review assign --to anna --genre Horror --limit 50
  trailers review assign --to ben --second-opinion --limit 20     what others have reviewed, to compare
  trailers review assign --to anna --clear
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from classifier.counts import count
from db.labelling.decisions import MAX_NOTE
from db.library_records import LibraryTrailer, ReviewQuery
from worker.arguments import add_by, add_trailer, positive, short_text
from worker.commands.catalogue.review_queue import add_queue_commands
from worker.commands.catalogue.review_text import print_agreement, print_disputes, print_reviews
from worker.commands.filters import time_argument
from worker.commands.output import print_json, say
from worker.errors import WorkerError
from worker.exporting.tables import check_output, write_table
from worker.predicting.report import console, plain
from worker.reviewing.documents import agreement_document, disputes, find_disagreements, review_document
from worker.reviewing.export import review_table
from worker.reviewing.review_import import ReviewImport
from worker.reviewing.rows import DECISIONS
from worker.reviewing.saving import read_decisions, read_reasons, save_review
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer
from worker.terminal import warn

SHOWN = 20  # problems of a file


class Action(NamedTuple):
    """What can be done with reviews: in words, by what arguments, and how."""

    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Runtime], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action in ACTIONS.items():
        subparser = actions.add_parser(name, help=action.summary, description=action.summary)
        action.add_arguments(subparser)
        if name != "export":
            subparser.add_argument("--json", action="store_true", help="print JSON, a line for each thing")
        subparser.set_defaults(do=action.run)
    add_queue_commands(actions)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    with Runtime(settings) as runtime:
        return int(arguments.do(arguments, runtime))


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    """Add no argument."""


def _add_query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reviewer", metavar="NAME", help="only the reviews of this person")
    parser.add_argument("--since", type=time_argument, metavar="TIME", help="only those since a day or time (in UTC)")


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_query(parser)
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="at most this many (50)")


def _add_review(parser: argparse.ArgumentParser) -> None:
    add_trailer(parser)
    for decision in DECISIONS:
        what = "add a genre that is neither a tag nor a verdict" if decision == "add" else f"{decision} a genre"
        parser.add_argument(f"--{decision}", action="append", default=[], metavar="GENRE", help=what)
    reason = "why a genre was decided so; may be repeated"
    parser.add_argument("--reason", action="append", default=[], type=_reason, metavar="GENRE=TEXT", help=reason)
    parser.add_argument("--note", metavar="TEXT", type=short_text(MAX_NOTE), help="a note on the whole")
    add_by(parser, role="reviewer")


def _add_undo(parser: argparse.ArgumentParser) -> None:
    add_trailer(parser)
    add_by(parser, role="reviewer")


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a csv or jsonl file")
    add_by(parser, role="reviewer")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="a .csv or .jsonl file (csv to stdout)")
    _add_query(parser)


def _list(arguments: argparse.Namespace, runtime: Runtime) -> int:
    wanted = ReviewQuery(reviewer=arguments.reviewer, since=arguments.since)
    print_reviews(runtime.store, runtime.store.reviews.find(wanted, limit=arguments.limit), as_json=arguments.json)
    return 0


def _show(arguments: argparse.Namespace, runtime: Runtime) -> int:
    trailer = _find(arguments, runtime)
    reviews = tuple(runtime.store.reviews.iterate(ReviewQuery(trailer_id=trailer.trailer_id)))
    disputed = disputes(runtime.store.opinions.get(trailer.trailer_id))
    if arguments.json:
        documents = [review_document(review) for review in reviews]
        print_json({"trailer_id": trailer.trailer_id, "reviews": documents, "disputed": disputed})
        return 0
    print_reviews(runtime.store, reviews, as_json=False)
    print_disputes(disputed)
    return 0


def _review(arguments: argparse.Namespace, runtime: Runtime) -> int:
    """Store a review; return 2 where the decisions make none."""
    trailer, taxonomy = _find(arguments, runtime), runtime.store.taxonomies.current()
    try:
        review = save_review(
            runtime.store,
            trailer,
            read_decisions(trailer, {each: getattr(arguments, each) for each in DECISIONS}, taxonomy),
            reviewer=arguments.by,
            note=arguments.note,
            reasons=read_reasons(trailer, dict(arguments.reason), taxonomy),
        )
    except ValueError as exc:
        warn(str(exc))
        return 2
    if review is None:
        warn(f"others are reviewing {trailer.trailer_id} just now; try again")
        return 1
    if arguments.json:
        print_json(review_document(review))
    else:
        print(f"{trailer.trailer_id} is {', '.join(review.genres) or 'of no genre'}, by {review.reviewer}")
    return 0


def _undo(arguments: argparse.Namespace, runtime: Runtime) -> int:
    trailer = _find(arguments, runtime)
    undone = runtime.store.reviews.undo(trailer.trailer_id, reviewer=arguments.by)
    if undone is None:
        raise WorkerError("not_found", f"{trailer.trailer_id} has no review to undo")
    labels = _find(arguments, runtime).labels
    if arguments.json:
        print_json({"trailer_id": trailer.trailer_id, "undoes": undone.undoes, "genres": labels.genres})
    else:
        print(f"undone; {trailer.trailer_id} is {', '.join(labels.genres) or 'of no genre'}")
    return 0


def _import(arguments: argparse.Namespace, runtime: Runtime) -> int:
    """Import a file; return 0, 3 where some rows can't be used, the errors' own code where none can."""
    tally = ReviewImport(runtime.store, reviewer=arguments.by).run(arguments.file)
    if arguments.json:
        print_json(tally.document())
        return tally.status
    print(
        f"{count(tally.rows, 'row')}: {count(tally.added, 'review')} added, {tally.unchanged:,} there already", end=""
    )
    print(f", {tally.undone:,} of those undone now" if tally.undone else "")
    for problem in tally.problems[:SHOWN]:
        say(f"row {problem.row}: {problem.code}: {problem.message}")
    if len(tally.problems) > SHOWN:
        say(f"and {count(len(tally.problems) - SHOWN, 'more row')}; --json lists them all")
    return tally.status


def _export(arguments: argparse.Namespace, runtime: Runtime) -> int:
    check_output(arguments.file)
    write_table(
        review_table(runtime.store, ReviewQuery(reviewer=arguments.reviewer, since=arguments.since)), arguments.file
    )
    if arguments.file:
        say(f"Reviews: {arguments.file}")
    return 0


def _disagreements(arguments: argparse.Namespace, runtime: Runtime) -> int:
    found = None
    for found in find_disagreements(runtime.store):
        if arguments.json:
            print_json(found)
        else:
            names = (found["trailer_id"], found["external_id"], found["title"])
            console().print(plain("  ".join(filter(None, names))))
            print_disputes(found["genres"], indent="  ")
    if found is None:
        say("Reviewers differ about no trailer")
    return 0


def _agreement(arguments: argparse.Namespace, runtime: Runtime) -> int:
    found = agreement_document(runtime.store)
    if arguments.json:
        print_json(found)
        return 0
    print_agreement(found)
    return 0


ACTIONS: Mapping[str, Action] = {
    "list": Action("list the reviews, the newest first", _add_list, _list),
    "show": Action("show the reviews of a trailer, and where reviewers differ", add_trailer, _show),
    "add": Action("review a trailer: what isn't named is confirmed", _add_review, _review),
    "undo": Action("take back the last review of a trailer", _add_undo, _undo),
    "import": Action("keep the reviews in a file that are not stored yet", _add_import, _import),
    "export": Action("write the reviews to a file, or as csv to stdout", _add_export, _export),
    "disagreements": Action("list the trailers about which reviewers differ", _add_nothing, _disagreements),
    "agreement": Action("show how far reviewers agree about each genre", _add_nothing, _agreement),
}


def _find(arguments: argparse.Namespace, runtime: Runtime) -> LibraryTrailer:
    """Return the stored trailer that is named; raises WorkerError (not_found)."""
    return find_trailer(arguments.id, runtime.store, sites=runtime.settings.sites)


def _reason(text: str) -> tuple[str, str]:
    genre, _, reason = (part.strip() for part in text.partition("="))
    if not genre or not reason:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not GENRE=TEXT")
    return genre, reason

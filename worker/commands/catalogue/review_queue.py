"""The queue of reviews in the command `trailers review`: what comes next, what is put off, what is assigned."""

import argparse
from typing import TYPE_CHECKING, get_args

from classifier.counts import count
from db.labelling.review_queue import QueuedTrailer, QueueOrder
from db.library_records import LibraryTrailer
from worker.arguments import add_by, add_trailer, person, positive, user_name
from worker.commands.filters import add_filters, read_filters
from worker.commands.output import print_json, say
from worker.documents import fields_of, identity_document
from worker.predicting.report import print_table, title_of
from worker.runtime import Runtime
from worker.sources import find_trailer
from worker.terminal import warn

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[argparse.ArgumentParser]


def add_queue_commands(actions: "Actions") -> None:
    """Add the actions next, skip and assign, each with the function that does it as `do`."""
    _add_next(actions)
    _add_skip(actions)
    _add_assign(actions)


def _add_next(actions: "Actions") -> None:
    summary = "show what somebody reviews next"
    action = actions.add_parser("next", help=summary, description=summary)
    add_by(action, role="reviewer")
    orders = get_args(QueueOrder)
    action.add_argument("--order", choices=orders, default=orders[0], help="what comes first (disputed)")
    action.add_argument("--limit", type=positive, default=10, metavar="N", help="at most this many (10)")
    action.add_argument("--json", action="store_true", help="print one JSON line for each")
    action.set_defaults(do=show_next)


def _add_skip(actions: "Actions") -> None:
    summary = "put a trailer off, to the end of somebody's queue"
    action = actions.add_parser("skip", help=summary, description=summary)
    add_trailer(action)
    add_by(action, role="reviewer")
    action.set_defaults(do=skip)


def _add_assign(actions: "Actions") -> None:
    summary = "ask somebody to review trailers that wait and are nobody's, or take that back"
    action = actions.add_parser("assign", help=summary, description=summary)
    action.add_argument("--to", type=person, metavar="NAME", help="who is to review; with --clear all unless given")
    add_filters(action)
    action.add_argument("--limit", type=positive, metavar="N", help="at most this many")
    action.add_argument(
        "--second-opinion", action="store_true", help="of those that others have reviewed or are asked to review"
    )
    action.add_argument("--clear", action="store_true", help="take back what was assigned")
    action.add_argument("--json", action="store_true", help="print one JSON object")
    action.set_defaults(do=assign)


def show_next(arguments: argparse.Namespace, runtime: Runtime) -> int:
    """Print the beginning of a queue."""
    queued = runtime.store.review_queue.find(arguments.by, arguments.order, limit=arguments.limit).trailers
    stored = runtime.store.library.get_all([each.trailer_id for each in queued])
    rows = [(each, stored[each.trailer_id]) for each in queued if each.trailer_id in stored]
    if arguments.json:
        for each, trailer in rows:
            print_json({**fields_of(each), **identity_document(trailer)})
    elif rows:
        print_table(("trailer_id", "why", "about", "id", "title"), [_row(*row) for row in rows])
    else:
        say(f"Nothing waits for {arguments.by}: all is reviewed, or assigned to others")
    return 0


def skip(arguments: argparse.Namespace, runtime: Runtime) -> int:
    """Put a trailer at the end of a queue."""
    trailer_id = find_trailer(arguments.id, runtime.store, sites=runtime.settings.sites).trailer_id
    runtime.store.review_queue.skip(trailer_id, reviewer=arguments.by)
    say(f"{trailer_id} is at the end of the queue of {arguments.by}")
    return 0


def assign(arguments: argparse.Namespace, runtime: Runtime) -> int:
    """Assign trailers, or take that back; return 2 where nobody is named."""
    if arguments.to is None and not arguments.clear:
        warn("name who is to review: --to NAME")
        return 2
    wanted = read_filters(runtime.store, arguments)
    queue, n_assigned, n_cleared = runtime.store.review_queue, 0, 0
    if arguments.clear:
        n_cleared = queue.clear(wanted, to=arguments.to)
    else:
        second, limit = arguments.second_opinion, arguments.limit
        n_assigned = queue.assign(wanted, to=arguments.to, by=user_name(), limit=limit, second_opinion=second)
    if arguments.json:
        print_json({"to": arguments.to, "assigned": n_assigned, "cleared": n_cleared})
    elif arguments.clear:
        print(f"{count(n_cleared, 'trailer is', 'trailers are')} no longer assigned to {arguments.to or 'anybody'}")
    else:
        print(f"{count(n_assigned, 'trailer is', 'trailers are')} newly assigned to {arguments.to}")
        if not n_assigned and not arguments.second_opinion:
            say("None like that waits and is nobody's; --second-opinion: what others have reviewed, or are to review")
    return 0


def _row(queued: QueuedTrailer, trailer: LibraryTrailer) -> tuple[str, ...]:
    why = "skipped" if queued.skipped_at else "assigned" if queued.is_assigned else "waits"
    about = queued.genre or ", ".join(trailer.verdict.disputed if trailer.verdict else ())
    return queued.trailer_id, f"{why} {queued.value:.2f}", about, trailer.external_id or "", title_of(trailer)

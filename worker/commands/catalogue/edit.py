"""Change what you have said about a trailer: your ids, title, year, film and metadata

ID is a trailer_id as `trailers list` prints it or the beginning of one, your own id, the title, a link, or the video
file itself. What isn't named stays; an empty text clears a field. A new --id comes beside the earlier ones: the trailer
is still found by them.

examples:
  trailers edit WB-0001 --title "Heat" --year 1995 --imdb-id tt0113277
  trailers edit file:5b1d4c9a8a1c9d0e --id WB-0001 --film F-17
  trailers edit WB-0001 --set territory=DE --set rating=16 --unset draft
  trailers edit WB-0001 --year ""                 clears the year
"""

import argparse

from db.identity import IdentityEdit
from worker.arguments import CLEARED, IDENTITY, add_identity_arguments, add_trailer, key_and_value
from worker.commands.output import print_json
from worker.documents import identity_document
from worker.predicting.report import console, plain, print_identity, title_of
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer
from worker.terminal import warn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_trailer(parser)
    add_identity_arguments(parser, clearable=True)
    parser.add_argument(
        "--set", action="append", default=[], type=key_and_value, metavar="KEY=VALUE", help="set this metadata"
    )
    parser.add_argument("--unset", action="append", default=[], metavar="KEY", help="remove this metadata")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Change the identity of one trailer and print it; return 2 where nothing is to be changed or it is too much."""
    edit = _read_edit(arguments)
    if edit == IdentityEdit():
        warn("nothing to change: name a field, such as --title")
        return 2
    with Runtime(settings) as runtime:
        trailer_id = find_trailer(arguments.id, runtime.store, sites=settings.sites).trailer_id
        try:
            is_done = runtime.store.identities.edit(trailer_id, edit)
        except ValueError as exc:
            warn(str(exc))
            return 2
        trailer = find_trailer(trailer_id, runtime.store)
    if not is_done:
        warn(f"others are changing {trailer_id} just now; try again")
        return 1
    if arguments.json:
        print_json({"trailer_id": trailer_id, **identity_document(trailer)})
        return 0
    console().print(plain(title_of(trailer)), style="bold")
    print_identity(trailer)
    return 0


def _read_edit(arguments: argparse.Namespace) -> IdentityEdit:
    """Return the changes that are asked for."""
    given = {name: value for name in IDENTITY if (value := getattr(arguments, name)) is not None}
    changed = {name: value for name, value in given.items() if value != CLEARED}
    external_id = changed.pop("external_id", None)
    return IdentityEdit(
        external_ids=(external_id,) if external_id else (),
        metadata=dict(arguments.set),
        unset=tuple(arguments.unset),
        cleared=frozenset(given.keys() - changed.keys() - ({"external_id"} if external_id else set())),
        **changed,
    )

"""Completion of a command line by Tab: commands and flags and, where that is quick, the names of what is stored.

argcomplete speaks with the shells; what completes an argument is found by the name that its help shows for it. Names
with control characters are left out: a shell would cut them up, and they could steer the terminal.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Union

import argcomplete
from argcomplete.shell_integration import shellcode

from classifier.genres import CANONICAL
from worker.cells import show_text

if TYPE_CHECKING:
    from db.store import Store  # takes four times as long to import as a command's name takes to complete

SHELLS = ("bash", "zsh", "fish")
SHOWN = 50  # names of what is stored
QUICK_S = 0.5


def shell_code(shell: str) -> str:
    """Return the program that a shell reads so that Tab completes the command."""
    return shellcode(["trailers"], shell=shell)


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell with what the word at the cursor may become, and end the process."""
    for action in _arguments(parser):
        if find := FINDERS.get(str(action.metavar)):
            action.completer = _completer(find)  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from _arguments(subparser)
        elif action.metavar != "ID" or not action.option_strings:  # --id may be a new one
            yield action


def _completer(find: "Find") -> Callable[..., Mapping[str, str]]:
    def complete_argument(prefix: str, **_: object) -> Mapping[str, str]:
        from db.errors import StoreError
        from worker.errors import SettingsError

        with suppress(StoreError, SettingsError), _open_store() as store:
            return {name: show_text(told) for name, told in find(store, prefix).items() if name.isprintable()}
        return {}

    return complete_argument


@contextmanager
def _open_store() -> Iterator["Store | None"]:
    """Yield the store if it answers at once, else None: nobody waits for a database behind a key."""
    from db.embedded.share import is_running
    from db.store import open_store
    from worker.settings import own_settings

    settings = own_settings()
    if settings.mongodb_uri is None and not is_running(settings.home):
        yield None
        return
    with open_store(uri=settings.mongodb_uri, home=settings.home, timeout_s=QUICK_S) as store:
        yield store


def _genres(store: "Store | None", prefix: str) -> Mapping[str, str]:
    words = store.taxonomies.current().words if store else {}
    return {**dict.fromkeys(CANONICAL, ""), **{word: ", ".join(genres) for word, genres in words.items() if genres}}


def _models(store: "Store | None", prefix: str) -> Mapping[str, str]:
    records = store.models.list() if store else []
    return {key: record.head for record in records for key in (record.name, record.model_id[:12])}


def _trailers(store: "Store | None", prefix: str) -> Mapping[str, str]:
    """Return ids, and where something was typed titles, with what tells trailers apart."""
    from db.library_records import LibraryQuery

    if store is None:
        return {}
    found = {each.trailer_id: each for each in store.library.find(LibraryQuery(text=prefix), limit=SHOWN).trailers}
    found |= store.library.get_all(store.identities.find_beginning(prefix, limit=SHOWN)) if prefix else {}
    names = {name: each.shown_title or "" for each in found.values() for name in (each.trailer_id, *each.external_ids)}
    return names | {each.shown_title: "" for each in found.values() if prefix and each.shown_title}


Find = Callable[[Union["Store", None], str], Mapping[str, str]]
FINDERS: Mapping[str, Find] = {"GENRE": _genres, "MODEL": _models, "ID": _trailers}

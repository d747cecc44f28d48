"""Sent files: the uploads that come with a list, found by the names that its rows give them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from worker.errors import WorkerError
from worker.jobs.uploads import upload_id_of

_SEPARATOR = re.compile(r"[/\\]")
_SHOWN = 5
_LISTED = 20


@dataclass(frozen=True)
class SentFiles:
    """Uploads by the names, or paths within a folder, that their files have at the sender's."""

    uploads: Mapping[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str | None:
        """Return the id of the upload that a row names, None where it names none.

        Raises WorkerError (bad_source) for a name that several files have: more of the path tells them apart.
        """
        found = self.candidates(text)
        if len(set(found.values())) > 1:
            several = ", ".join(map(repr, list(found)[:_SHOWN]))
            raise WorkerError("bad_source", f"{text!r} may be any of several sent files ({several}); name its folder")
        return next(iter(found.values()), None)

    def candidates(self, text: str) -> dict[str, str]:
        """Return the uploads that a row may mean, by name: the one of an id, else those that share most of its path."""
        if upload_id := upload_id_of(text):
            return {text: upload_id}
        if "://" in text:
            return {}
        wanted = _parts(text)
        shared = {name: _count_shared(wanted, parts) for name, parts in self._by_last.get(wanted[-1], {}).items()}
        most = max(shared.values(), default=0)
        return {name: self.uploads[name] for name, n in shared.items() if n == most}

    def note_left(self, named: Collection[str]) -> tuple[str, ...]:
        """Return a note of the files whose uploads are not among those that the rows have named, if there are any."""
        left = [name for name, upload_id in self.uploads.items() if upload_id not in named]
        if not left:
            return ()
        more = f", and {len(left) - _LISTED:,} more" if len(left) > _LISTED else ""
        return (f"sent, but named by no row, so nothing was started: {', '.join(map(repr, left[:_LISTED]))}{more}",)

    @cached_property
    def _by_last(self) -> Mapping[str, Mapping[str, list[str]]]:
        """The names with their parts, by their last part."""
        found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        for name in self.uploads:
            parts = _parts(name)
            found[parts[-1]][name] = parts
        return found


NONE_SENT = SentFiles()


def _parts(text: str) -> list[str]:
    """Return the parts of a path, however its system writes it; macOS writes an accent as a letter of its own."""
    return _SEPARATOR.split(unicodedata.normalize("NFC", text))


def _count_shared(one: list[str], other: list[str]) -> int:
    """Return how many last parts two paths share."""
    pairs = list(zip(reversed(one), reversed(other), strict=False))
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))

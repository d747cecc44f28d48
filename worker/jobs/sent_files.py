"""Sent files: the uploads that come with a list, found by the names that its rows give them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from worker.errors import WorkerError
from worker.jobs.uploads import upload_id_of

_SEPARATOR = re.compile(r"[/\\]")
_SHOWN = 5
_LISTED = 20
_DEEPEST = 20  # parts of a path that are looked at


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
        names = next((self._by_ending[ending] for ending in _endings(text) if ending in self._by_ending), ())
        return {name: self.uploads[name] for name in names}

    def note_left(self, named: Collection[str]) -> tuple[str, ...]:
        """Return a note of the files whose uploads are not among those that the rows have named, if there are any."""
        left = [name for name, upload_id in self.uploads.items() if upload_id not in named]
        if not left:
            return ()
        more = f", and {len(left) - _LISTED:,} more" if len(left) > _LISTED else ""
        return (f"sent, but named by no row, so nothing was started: {', '.join(map(repr, left[:_LISTED]))}{more}",)

    @cached_property
    def _by_ending(self) -> Mapping[tuple[str, ...], Sequence[str]]:
        """The names by each ending of their paths: ten thousand may be called `trailer.mp4`."""
        found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in self.uploads:
            for ending in _endings(name):
                found[ending].append(name)
        return found


NONE_SENT = SentFiles()


def _endings(text: str) -> Iterator[tuple[str, ...]]:
    """Return the last parts of a path, however its system writes it, the most first; a Mac parts letter and accent."""
    parts = tuple(_SEPARATOR.split(unicodedata.normalize("NFC", text))[-_DEEPEST:])
    return (parts[start:] for start in range(len(parts)))

"""Folders: the video files and lists below one, and which of them have stopped changing."""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

from worker.cells import clean_text
from worker.lists.kinds import VIDEO_SUFFIXES

LIST_SUFFIXES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".xlsx", ".ods", ".xls")
_SUFFIXES = frozenset({*VIDEO_SUFFIXES, *LIST_SUFFIXES})
# Hidden files, what programs leave while they write, and what file servers keep in a folder of everybody.
_PASSED_OVER = (".", "~", "@eaDir", "#recycle", "#snapshot", "$RECYCLE.BIN", "lost+found")
_IN_PROGRESS = (".part", ".crdownload", ".partial", ".filepart", ".download", ".tmp")


@dataclass(frozen=True, slots=True)
class Version:
    """The size of a file and its time of change: another of either is another content."""

    n_bytes: int
    mtime_ns: int


def find_files(folder: str, on_error: Callable[[OSError], None]) -> dict[str, Version]:
    """Return the video files and lists below a folder, by their paths.

    Left out are hidden files, and those that another beside them (`x.mp4.part`) says are still being downloaded. Files
    whose names are no text, and folders below that can't be read, are told `on_error`; raises OSError for the folder
    itself.
    """
    found: dict[str, Version] = {}
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as entries:
                inside = [entry for entry in entries if not entry.name.startswith(_PASSED_OVER)]
        except OSError as exc:
            if path == folder:
                raise
            on_error(exc)
            continue
        waiting += [entry.path for entry in inside if entry.is_dir(follow_symlinks=False)]
        for name, version in _versions(inside):
            if clean_text(name) == name:
                found[name] = version
            else:
                on_error(OSError(errno.EILSEQ, "its name is not valid UTF-8; rename it", name))
    return found


def version_of(path: str | os.DirEntry[str]) -> Version | None:
    """Return the version of a regular file, None where there is none."""
    with suppress(OSError, ValueError):
        info = path.stat() if isinstance(path, os.DirEntry) else os.stat(path)  # noqa: PTH116 - thousands of them
        if stat.S_ISREG(info.st_mode):
            return Version(info.st_size, info.st_mtime_ns)
    return None


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case."""
    return PurePath(path).suffix.lower()


class Settling:
    """Files that may still be written: one has settled that has stayed as it is for some seconds of our own clock.

    Clocks and times of change are not trusted: a file server has its own, and a copy may have its original's.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._since: dict[str, tuple[Version, float]] = {}

    def settled(self, files: Mapping[str, Version]) -> list[str]:
        """Return those of all the files to wait for that have settled."""
        now = time.monotonic()
        earlier, self._since = self._since, {}
        for path, version in files.items():
            known = earlier.get(path)
            self._since[path] = known if known and known[0] == version else (version, now)
        return [path for path, (_, since) in self._since.items() if now - since >= self._settle_s]


def _versions(entries: list[os.DirEntry[str]]) -> Iterator[tuple[str, Version]]:
    names = {entry.name for entry in entries}
    for entry in entries:
        if suffix_of(entry.name) not in _SUFFIXES or any(entry.name + ending in names for ending in _IN_PROGRESS):
            continue
        if version := version_of(entry):
            yield entry.path, version

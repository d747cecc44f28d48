"""List files: the encoding of a text file, and its lines up to a maximum length."""

import re
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from worker.errors import WorkerError
from worker.lists.encodings import guess_encoding

MAX_LINE = 200_000  # characters; a plot has a few thousand

_HEAD_BYTES = 4096
_CHUNK_BYTES = 2**20
_GUESS_BYTES = 4 * 2**20  # of a text whose encoding is to be guessed
_BOMS = (  # UTF-32 first: its mark starts like UTF-16's
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_BINARY = (  # what files begin with that are not lists, and what they are
    (rb"PK\x03\x04", "a spreadsheet or a zip archive; save its table as CSV UTF-8"),
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook; save its table as CSV UTF-8"),
    (rb"\x1f\x8b", "a gzip archive; unpack it first"),
    (rb"%PDF", "a PDF document; save its table as CSV UTF-8"),
    (rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP", "a picture; give the list that names it"),
    (rb"\0...(ftyp|moov|mdat|wide|free)|\x1aE\xdf\xa3|RIFF....AVI ", "a video; give the list that names it"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


class Encoding(NamedTuple):
    """The name of an encoding, and whether it is a guess."""

    name: str
    guessed: bool = False


def read_head(path: Path) -> bytes:
    """Return the first bytes of a list; raises WorkerError (file_not_found, bad_source) for one that can't be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a folder, a pipe: lists are read twice
            raise WorkerError("bad_source", f"{str(path)!r} is not a regular file; save the list to one and give that")
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise WorkerError("file_not_found", f"there is no list {str(path)!r}; check the path") from exc
    except (OSError, ValueError) as exc:
        raise unreadable(path, exc) from exc


def find_encoding(path: Path) -> Encoding:
    """Return the encoding of a list: that of its byte order mark, else UTF-8 if most of it is, else a guess.

    Raises WorkerError: file_not_found, empty_file, or bad_source for a file that isn't text or can't be read.
    """
    head = read_head(path)
    if marked := _find_mark(head):
        return Encoding(marked)
    _check_text(path, head)
    try:
        if _is_utf8(path):
            return Encoding("utf-8")
        with path.open("rb") as file:
            text = b"".join(line for line in BytesIO(file.read(_GUESS_BYTES)) if not _CONTROL.search(line))
            return Encoding(guess_encoding(text), guessed=True)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def unreadable(path: Path, exc: OSError | ValueError) -> WorkerError:
    """Return the error for a list that the system can't or won't read."""
    reason = exc.strerror if isinstance(exc, OSError) else str(exc)
    return WorkerError(
        "bad_source", f"the list {str(path)!r} can't be read: {reason}; check the file and its permissions"
    )


def read_lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """Yield the lines with their ends, without NULs, broken bytes as U+FFFD, and cut just over MAX_LINE characters."""
    with path.open(encoding=encoding.name, errors="replace", newline="") as file:
        while line := file.readline(MAX_LINE + 1):
            rest = line
            while len(rest) > MAX_LINE and rest[-1] not in "\r\n":
                rest = file.readline(MAX_LINE + 1)
            yield line.replace("\0", "")


class CountedLines(Iterator[str]):
    """Lines, with the number of characters in those that were taken."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.n_characters = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.n_characters += len(line)
        return line


def _find_mark(head: bytes) -> str | None:
    """Return the encoding that a byte order mark names, or that NULs in every second place reveal."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    nuls = bytes(byte == 0 for byte in head[:4])
    return {b"\0\1\0\1": "utf-16-le", b"\1\0\1\0": "utf-16-be"}.get(nuls)


def _check_text(path: Path, head: bytes) -> None:
    if not head:
        raise WorkerError("empty_file", f"the list {str(path)!r} is empty; give one source a line")
    for magic, name in _BINARY:
        if re.match(magic, head, re.DOTALL):
            raise WorkerError("bad_source", f"{str(path)!r} is {name}")
    first = head.lstrip().partition(b"\n")[0]  # rows below it may be rubbish, the list is one
    if len(_CONTROL.findall(first)) * 10 > len(first):
        raise WorkerError(
            "bad_source", f"{str(path)!r} is not a text file; a list is a txt, csv, tsv, jsonl, xlsx or ods file"
        )


def _is_utf8(path: Path) -> bool:
    """Tell whether most non-ASCII characters are valid UTF-8: a bad byte or a binary row must not spoil a list."""
    good = bad = 0
    with path.open("rb") as file:
        while line := file.readline(_CHUNK_BYTES):
            if not line.isascii() and not _CONTROL.search(line):
                text = line.decode("utf-8", "surrogateescape")
                broken = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
                bad += broken
                good += len(text) - len(text.encode("ascii", "ignore")) - broken
    return good >= bad

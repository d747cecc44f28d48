"""Tables: the records of a delimited text; a stray quote spoils its own row, not those after it."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from worker.lists.columns import count_known
from worker.lists.files import MAX_LINE

_DELIMITERS = ",;\t|"
_EXCEL_HINT = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row as written; `problem` says why they can't be read."""

    cells: list[str]
    problem: str | None = None


def find_delimiter(line: str) -> str:
    """Return the delimiter of a header: the one that gives the most known names, then the most cells."""

    def fitness(delimiter: str) -> tuple[int, int]:
        cells = split_line(line, delimiter)
        return count_known(cells), len(cells)

    return max(_DELIMITERS, key=fitness)


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of a single line, wherever its quotes are."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE + 1))  # Python's own limit is 131,072
    return next(csv.reader([line], delimiter=delimiter), [])


def read_records(lines: Iterator[str]) -> Iterator[Record]:
    """Yield the records of a table, its header first; blank lines and Excel's `sep=;` line are skipped."""
    first = next(lines, "")
    hint = _EXCEL_HINT.fullmatch(first)
    delimiter = hint[1] if hint else find_delimiter(first)
    source = _Lines(lines if hint else chain([first], lines))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.start_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a stray quote: read its line alone, then the lines after it again
            yield _read_alone(source.put_back_all_but_first(), delimiter)
            continue
        if "".join(source.taken).strip(" \r\n"):
            yield Record(cells)


def _read_alone(line: str, delimiter: str) -> Record:
    if len(line) > MAX_LINE:
        return Record([], f"it has more than {MAX_LINE:,} characters")
    return Record(split_line(line, delimiter))


class _Lines:
    """Lines that remember those of the current record, to yield them again if it turns out not to be one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._size = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:  # an open quote would swallow the rest of the list
            raise csv.Error("the record is too long")
        return line

    def start_record(self) -> None:
        """Forget the lines of the record before."""
        self.taken = []
        self._size = 0

    def put_back_all_but_first(self) -> str:
        """Return the record's first line; the others will be yielded again."""
        self._again.extendleft(reversed(self.taken[1:]))
        return self.taken[0]

"""Tables: the records of a delimited text; a stray quote spoils its own row, not those after it."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from worker.lists.files import MAX_LINE
from worker.lists.kinds import count_known

_DELIMITERS = ",;\t|"
_EXCEL_HINT = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
_SAMPLE = 20  # lines that show what separates the cells
_SAMPLE_LENGTH = 2000  # characters of each


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row as written; `problem` says why they can't be read."""

    cells: list[str]
    problem: str | None = None


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter of a table's first lines.

    It is the one that gives the most known names and sources in a line, in the most lines, and then the most cells.
    """

    def fitness(delimiter: str) -> tuple[int, int, int]:
        rows = [split_line(line[:_SAMPLE_LENGTH], delimiter) for line in lines]
        known = [count_known(cells) for cells in rows]
        return max(known, default=0), sum(known), sum(map(len, rows))

    return max(_DELIMITERS, key=fitness)


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of a single line, wherever its quotes are."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE + 1))  # Python's own limit is 131,072
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])


def too_wide(cells: Sequence[str], width: int) -> str | None:
    """Return why a row has more filled cells than its header, which shifts those behind a stray separator."""
    if not any(cell.strip() for cell in cells[width:]):
        return None
    return f"it has {len(cells)} cells, the header has {width}; put quotes around a text that holds the separator"


def read_records(lines: Iterator[str]) -> Iterator[Record]:
    """Yield the records of a table, its header first; lines without any text and Excel's `sep=;` line are skipped."""
    sample = list(islice(lines, _SAMPLE))
    hint = _EXCEL_HINT.fullmatch(sample[0]) if sample else None
    delimiter = hint[1] if hint else find_delimiter([line for line in sample if line.strip()])
    source = _Lines(chain(sample[1:] if hint else sample, lines))
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
    while True:
        try:
            record = _read_alone(next(source), delimiter) if source.start_record() else Record(next(reader))
        except StopIteration:
            return
        except csv.Error:  # a stray quote: read its line alone, then the lines after it again
            record = _read_alone(source.put_back_all_but_first(), delimiter)
        if record.problem or any(map(str.strip, record.cells)):
            yield record


def _read_alone(line: str, delimiter: str) -> Record:
    if len(line) > MAX_LINE:
        return Record([], f"it has more than {MAX_LINE:,} characters")
    return Record(split_line(line, delimiter))


class _Lines:
    """Lines that remember those of the current record, to yield them again if it turns out not to be one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._size = self._n_new = self._n_again = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._next_new()
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:  # an open quote would swallow the rest of the list
            raise csv.Error("the record is too long")
        return line

    def start_record(self) -> bool:
        """Forget the lines of the record before; tell whether so much was read again that a line is a record."""
        self.taken = []
        self._size = 0
        return self._n_again > MAX_LINE + 2 * self._n_new

    def put_back_all_but_first(self) -> str:
        """Return the record's first line; the others will be yielded again."""
        self._again.extendleft(reversed(self.taken[1:]))
        self._n_again += self._size - len(self.taken[0])
        return self.taken[0]

    def _next_new(self) -> str:
        line = next(self._lines)
        self._n_new += len(line)
        return line

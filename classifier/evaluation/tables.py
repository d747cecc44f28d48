"""Tables of figures as plain text."""

from dataclasses import dataclass
from itertools import groupby

GAP = 2  # blanks between columns of text


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; columns of one `group` that stand together share a heading above."""

    heading: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` of words, each with a name first and then a word for each of `columns`; `corner` is above the names."""

    title: str
    corner: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def format_text(table: Table) -> str:
    """Return lines with the names on the left and figures aligned on the right."""
    words = ((table.corner, *(column.heading for column in table.columns)), *table.rows)
    first, *widths = (max(map(len, column)) for column in zip(*words, strict=True))
    lines = [
        row[0].ljust(first) + "".join(_right(word, n) for word, n in zip(row[1:], widths, strict=True)) for row in words
    ]
    above = "".join(_span(group, columns) for group, columns in _groups(table, widths))
    return "\n".join([table.title, *([" " * first + above] if above.strip() else []), *lines]) + "\n"


def _right(word: str, width: int) -> str:
    return word.rjust(width + GAP)


def _groups(table: Table, widths: list[int]) -> list[tuple[str, int]]:
    """Return each group and the characters its columns take."""
    pairs = zip((column.group for column in table.columns), widths, strict=True)
    return [(group, sum(n + GAP for _, n in run)) for group, run in groupby(pairs, key=lambda pair: pair[0])]


def _span(group: str, n: int) -> str:
    return " " * GAP + (f" {group} ".center(n - GAP, "-") if group else " " * (n - GAP))

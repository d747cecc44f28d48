"""Tables of figures as plain text."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

GAP = 2  # blanks between columns of text


def format_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, groups: Sequence[str] = ()
) -> str:
    """Return lines with the names on the left and figures aligned on the right.

    `header` and each row have a word for the names and one for each column; columns of one group that stand together
    share a heading above.
    """
    first, *widths = (max(map(len, column)) for column in zip(header, *rows, strict=True))
    lines = [title]
    if any(groups):
        runs = groupby(zip(groups, widths, strict=True), key=itemgetter(0))
        lines.append(" " * first + "".join(_span(group, sum(n + GAP for _, n in run)) for group, run in runs))
    for name, *words in (header, *rows):
        lines.append(name.ljust(first) + "".join(word.rjust(n + GAP) for word, n in zip(words, widths, strict=True)))
    return "\n".join(lines) + "\n"


def _span(group: str, n: int) -> str:
    return " " * GAP + (f" {group} ".center(n - GAP, "-") if group else " " * (n - GAP))

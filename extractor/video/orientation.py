"""Orientation: a display matrix as the filters that turn a stored picture upright."""

import re

Matrix = tuple[int, int, int, int]
_ROW = re.compile(r"^[0-9a-f]{8}:((?:\s+-?\d+){3})\s*$", re.MULTILINE)


def read_matrix(text: object) -> Matrix | None:
    """Return (a, b, c, d) of ffprobe's display matrix: a stored (x, y) is shown at (a x + c y, b x + d y)."""
    rows = [row.split() for row in _ROW.findall(text)] if isinstance(text, str) and len(text) < 1000 else []
    if len(rows) != 3:
        return None
    return int(rows[0][0]), int(rows[0][1]), int(rows[1][0]), int(rows[1][1])


def turning_filters(matrix: Matrix) -> tuple[str, ...]:
    """Return the filters for the nearest quarter turn, mirrored or not; none for an upright picture.

    `transpose` swaps x and y; an axis that then runs backwards is flipped.
    """
    a, b, c, d = matrix
    lying = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if lying else (a, d)
    turn = ("transpose",) if lying else ()
    return turn + (("hflip",) if across < 0 else ()) + (("vflip",) if down < 0 else ())

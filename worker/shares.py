"""Shares of genres in a file: a table of genre and share, such as `Drama,0.41`."""

import csv
import io
from pathlib import Path

from classifier.genres import read_genres

COLUMNS = ("genre", "share")
_FORM = "write genre,share and a line such as Drama,0.41"


def read_shares(path: Path) -> dict[str, float]:
    """Return the share of each genre that a table with the columns genre and share names; between them , ; or a tab.

    Raises ValueError, with the rest of a sentence that begins with what named the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "it is not a table of text"
        raise ValueError(f"names {str(path)!r}, which can't be read: {reason}; give films, library or a file") from exc
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=next((each for each in "\t;" if each in header), ","))
    names = [name.strip().casefold() for name in next(rows, [])]
    if names and not set(COLUMNS) <= set(names):
        raise ValueError(f"names {str(path)!r}, whose first line is {header[:60]!r}, not genre,share; {_FORM}")
    shares: dict[str, float] = {}
    for row in filter(any, rows):
        genre, share = _read(dict(zip(names, row, strict=False)), f"names {str(path)!r}, whose line {rows.line_num}")
        if genre in shares:
            raise ValueError(f"names {str(path)!r}, whose line {rows.line_num} names {genre} again; give each once")
        shares[genre] = share
    if not shares:
        raise ValueError(f"names {str(path)!r}, which has no row; {_FORM}")
    return shares


def _read(row: dict[str, str], where: str) -> tuple[str, float]:
    text, number = (row.get(name, "").strip() for name in COLUMNS)
    found = read_genres([text], "other").genres
    if not found:
        raise ValueError(f"{where} has {text!r} for a genre; {_FORM}")
    try:
        share = float(number.replace(",", "."))
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"{where} has the share {number!r}; give a number above 0 and below 1, such as 0.41")
    return found[0], share

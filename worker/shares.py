"""Shares of genres in a file: a table of genre and share, such as `Drama,0.41`."""

import csv
from pathlib import Path

from classifier.genres import read_genres


def read_shares(path: Path) -> dict[str, float]:
    """Return the share of each genre that a CSV of the columns genre and share names.

    Raises ValueError, with the rest of a sentence that begins with what named the file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as exc:
        reason = getattr(exc, "strerror", None) or "it is not a table of text"
        raise ValueError(f"names {str(path)!r}, which can't be read: {reason}; give films, library or a file") from exc
    shares: dict[str, float] = {}
    for line, row in enumerate(rows, start=2):
        genre, share = _read(row, f"names {str(path)!r}, whose line {line}")
        if genre in shares:
            raise ValueError(f"names {str(path)!r}, whose line {line} names {genre} again; give each genre once")
        shares[genre] = share
    if not shares:
        raise ValueError(f"names {str(path)!r}, which has no row; write genre,share and a line such as Drama,0.41")
    return shares


def _read(row: dict[str, str | None], where: str) -> tuple[str, float]:
    text, number = row.get("genre") or "", row.get("share") or ""
    found = read_genres([text], "other").genres
    if not found:
        raise ValueError(f"{where} has {text!r} for a genre; write genre,share and a line such as Drama,0.41")
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"{where} has the share {number!r}; give a number above 0 and below 1, such as 0.41")
    return found[0], share

"""Kinds of cells: which can be the source of a row, and what spreadsheets have made of others."""

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from pathlib import PurePath

from worker.cells import read_address
from worker.links import find_links, is_video_id, looks_like_link
from worker.lists.columns import is_blank, is_known
from worker.spellings import strip_wrapping

# fmt: off
VIDEO_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".wmv", ".ogv",
)
# fmt: on
# Not an id though of eleven characters: a word, a heading with a number (imdb_score1), a number, an IMDb id.
_WORDS = re.compile(r"(?:[A-Z]?[a-z]+[_-]?)+\d{0,2}|[A-Z_-]+\d{0,2}|[\d_-]+|tt\d+")
_MAX_SOURCE = 4096  # characters
_MAX_CELLS = 200
_RULE = re.compile(r"[\s:|+=_*~\u2013\u2014-]*(?:-{2,}|={2,}|_{3,}|\*{3,}|~{3,})[\s:|+=_*~\u2013\u2014-]*")
_COMMENT = re.compile(r"#(?:[\s#!]|$)")
_SHEET_ERROR = re.compile(r"#(?:N/?A|NV|[A-Z\u00c0-\u00dc]{2,10}[?!]|DIV/0!|[A-Z]+/0!)|Err:\d{3}")


class Kind(Enum):
    """What a cell may be to a list's row."""

    LINK = "link"  #: names a video of a known site
    ID = "id"  #: looks like a bare YouTube id
    FILE = "file"  #: has the suffix of a video
    ADDRESS = "address"  #: leads to some other place
    OTHER = "other"
    BLANK = "blank"


USABLE = frozenset({Kind.LINK, Kind.ID, Kind.FILE})
TELLING = USABLE | {Kind.ADDRESS}


def kind_of(cell: str) -> Kind:
    """Return what a cell as written in a list may be."""
    text = read_address(cell).strip()
    if is_blank(text) or len(text) > _MAX_SOURCE:
        return Kind.OTHER if text else Kind.BLANK
    return _kind_of(text)


@lru_cache(maxsize=256)
def _kind_of(text: str) -> Kind:
    if looks_like_link(text):
        return Kind.LINK if find_links(text) else Kind.ADDRESS
    bare = strip_wrapping(text)
    if is_video_id(bare) and not _WORDS.fullmatch(bare) and not is_known(bare):
        return Kind.ID
    has_suffix = "." in text and PurePath(text).suffix.lower() in VIDEO_SUFFIXES
    return Kind.FILE if len(text) > 4 and has_suffix else Kind.OTHER


def is_usable(cell: str) -> bool:
    """Tell whether a cell can be a row's source."""
    return kind_of(cell) in USABLE


def count_known(cells: Sequence[str]) -> int:
    """Return how many cells are known column names or sources."""
    return sum(is_known(cell) or kind_of(cell) in TELLING for cell in cells[:_MAX_CELLS])


def is_rule(cells: Sequence[str]) -> bool:
    """Tell whether cells only draw a line, as the second row of a Markdown table does."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_RULE.fullmatch(cell[:1000]) for cell in filled)


def is_comment(cells: Sequence[str]) -> bool:
    """Tell whether a row is commented out: `# later`, but not a title such as `#Alive` or a heading `#` of numbers."""
    first, *others = cells or [""]
    return bool(_COMMENT.match(first.lstrip())) and not (first.strip() == "#" and any(map(str.strip, others)))


def sheet_error(text: str) -> str | None:
    """Return the error that a spreadsheet shows in place of a value, such as `#NAME?`."""
    return text if _SHEET_ERROR.fullmatch(text) and text.upper() != "#N/A" else None

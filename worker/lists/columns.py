"""Columns of a list: which field each holds, by the names people give them, and how its cells are read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from worker.links import is_video_id, looks_like_link

# In order of preference; compared without case and punctuation. For a source: columns that can only hold a trailer's
# link, then any link, a file, and last a bare id.
# fmt: off
NAMES: Mapping[str, tuple[str, ...]] = {
    "source": (
        "trailer_url", "trailer_link", "youtube_url", "youtube_link", "video_url", "video_link",
        "source", "url", "link", "trailer", "video",
        "path", "file", "file_path", "filename", "video_path", "video_file", "trailer_path", "trailer_file",
        "youtube_id", "yt_id", "video_id",
    ),
    "id": ("id", "imdb_id", "imdb", "movie_id", "film_id", "tmdb_id", "tmdb", "tconst"),
    "title": ("title", "movie_title", "primary_title", "original_title", "name", "film", "movie", "film_title"),
    "genres": ("genres", "genre", "labels", "label", "tags"),
    "plot": ("plot", "overview", "synopsis", "description", "storyline", "plot_summary", "plot_outline"),
    "split": ("split", "subset"),
    "poster": (
        "poster", "poster_path", "poster_file", "poster_url", "poster_link", "image", "image_path", "image_url",
    ),
}
VIDEO_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".wmv", ".ogv",
)
# fmt: on
_BLANKS = ("nan", "null", "none", "n/a", "#n/a", "\\n", "false")  # pandas, SQL, OMDb, Excel, IMDb, TMDB's `video`
_WORDS = re.compile(
    r"(?:(?:[A-Z]?[a-z]+[_-]?)+|[A-Z_-]+)\d{0,2}"
)  # a heading of eleven characters, not a YouTube id: imdb_score1
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_NAMED = re.compile(rf"""['"]name['"]\s*:\s*({_QUOTED})""")
_ITEM = re.compile(rf"({_QUOTED})")
_SEPARATORS = re.compile(r"[|,;/]")


def find_columns(header: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of each field of `NAMES` in a header, the preferred one first."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(fold(name), place)
    return {field: tuple(places[name] for name in names if name in places) for field, names in _FOLDED.items()}


def find_source(cells: Sequence[str]) -> int | None:
    """Return the place of the first cell that is a link, a YouTube id or a video's file name, not a heading."""
    return next((place for place, cell in enumerate(cells) if _is_source(cell.strip())), None)


def count_known(cells: Sequence[str]) -> int:
    """Return how many cells are known column names or sources."""
    return sum(fold(cell) in _KNOWN or _is_source(cell.strip()) for cell in cells)


def is_blank(text: str) -> bool:
    """Tell whether a cell is empty or holds a program's word for nothing."""
    return not text or text.lower() in _BLANKS


def split_genres(text: str) -> tuple[str, ...]:
    """Return the genres in a cell, each once: separated by | , ; or /, or a list as Python and JSON write it.

    Of TMDB's lists of objects, `[{'id': 18, 'name': 'Drama'}]`, the names are taken.
    """
    text = text.strip()
    if is_blank(text):
        return ()
    if text[0] in "[({" and text[-1] in "])}":
        quoted = (_NAMED if "{" in text[1:] else _ITEM).findall(text)
        text = text[1:-1]
        if quoted:
            return distinct(re.sub(r"\\(.)", r"\1", item[1:-1]) for item in quoted)
    return distinct(part.strip(" \"'") for part in _SEPARATORS.split(text))


def distinct(genres: Iterable[str]) -> tuple[str, ...]:
    """Return the genres stripped, each once, in order, without empty ones."""
    return tuple(dict.fromkeys(filter(None, (genre.strip() for genre in genres))))


def _is_source(cell: str) -> bool:
    return (
        looks_like_link(cell)
        or (is_video_id(cell) and not _WORDS.fullmatch(cell) and fold(cell) not in _KNOWN)
        or (len(cell) > 4 and PurePath(cell).suffix.lower() in VIDEO_SUFFIXES)
    )


def fold(name: str) -> str:
    """Return the letters and digits of a name without case, for comparing."""
    return "".join(character for character in name.casefold() if character.isalnum())


_FOLDED = {field: tuple(map(fold, names)) for field, names in NAMES.items()}
_KNOWN = frozenset(name for names in _FOLDED.values() for name in names)

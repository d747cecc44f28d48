"""Rows of a list: made of what was found in the file, and what can't be used of it is named."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.cells import clean_text
from worker.lists.columns import distinct, split_genres

MAX_CHARACTERS = {
    "source": 4096,
    "id": 200,
    "title": 1000,
    "genres": 5000,
    "plot": 100_000,
    "poster": 4096,
    "split": 100,
}

_NO_SOURCE = "there is no source in it; give a link, a path or a YouTube id"
_TYPES: Mapping[type, str] = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list; `row` counts from 1, without header, blank lines and comments.

    `source` and `poster` are the text as given (`worker.lists.reading.absolute_source` makes paths of them), `id` is
    the user's own, `problem` says why this row can't be used.
    """

    row: int
    source: str
    id: str | None = None
    title: str | None = None
    genres: tuple[str, ...] = ()
    plot: str | None = None
    poster: str | None = None
    split: str | None = None
    problem: str | None = None


def make_row(number: int, values: Mapping[str, object], problem: str | None) -> ListRow:
    """Return the row of a list's values by field, stripped; texts over MAX_CHARACTERS are cut and a problem."""
    problem = problem or next(filter(None, (_problem(field, values.get(field)) for field in MAX_CHARACTERS)), None)
    texts = {field: _text(values.get(field))[:limit] for field, limit in MAX_CHARACTERS.items()}
    if not problem and not texts["source"]:
        problem = _NO_SOURCE
    return ListRow(
        row=number,
        source=texts["source"],
        id=texts["id"] or None,
        title=texts["title"] or None,
        genres=() if problem else _genres(values.get("genres")),
        plot=texts["plot"] or None,
        poster=texts["poster"] or None,
        split=texts["split"] or None,
        problem=clean_text(problem) if problem else None,
    )


def name_type(value: object) -> str:
    """Return what a JSON value is, in a person's words."""
    return _TYPES.get(type(value), "a number" if isinstance(value, int | float) else "a text")


def _problem(field: str, value: object) -> str | None:
    if value is None:
        return None
    if field == "genres" and isinstance(value, list):
        if wrong := [name_type(item) for item in value if _genre(item) is None]:
            return f"its genres hold {wrong[0]}, not texts alone"
    elif isinstance(value, bool) or not isinstance(value, str | int | float):
        return f"its {field} is {name_type(value)}, not a text"
    length = len(str(value).strip())
    if length > MAX_CHARACTERS[field]:
        return f"its {field} has {length:,} characters, over the limit of {MAX_CHARACTERS[field]:,}"
    return None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean_text(str(value)).strip()


def _genres(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return distinct(clean_text(_genre(item) or "") for item in value)
    return split_genres(_text(value))


def _genre(item: object) -> str | None:
    """Return a genre of a JSON list: a text, or the name of TMDB's `{"id": 18, "name": "Drama"}`."""
    name = item.get("name") if isinstance(item, dict) else item
    return name if isinstance(name, str) else None

"""Rows of a list: made of the values found in the file, with the problem of those that can't be used."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from extractor.markup import plain_plot
from worker.cells import clean_text
from worker.lists.columns import distinct, split_genres
from worker.lists.files import MAX_LINE
from worker.lists.kinds import sheet_error
from worker.lists.mending import mend_text

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
_UNDO_FORMULA = "type it again as a text, with ' before it: an id that begins with - is taken for a formula"
_MENDED = frozenset({"id", "title", "plot", "split"})
_TYPES: Mapping[type, str] = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list; `row` counts from 1, without header, blank lines and comments.

    `source` and `poster` are the text as given (`worker.lists.reading.absolute_source` makes paths absolute), `id` is
    the user's own, `problem` says why the row can't be used, `notes` what was left out of it or is a guess.
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
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one row by the fields of NAMES, why it can't be used, and what is to be noted of it."""

    fields: Mapping[str, object]
    problem: str | None = None
    notes: tuple[str, ...] = ()


def make_row(number: int, values: Values) -> ListRow:
    """Return the row with these values, mended and stripped; a text over MAX_CHARACTERS is cut, and a problem."""
    given = {field: value for field, value in values.fields.items() if value is not None and value != ""}
    problem = values.problem or next(filter(None, (_problem(field, value) for field, value in given.items())), None)
    texts = {field: _text(value)[: MAX_CHARACTERS[field]] for field, value in given.items()}
    notes = [*values.notes, *_mend(texts)]
    genres = () if problem else read_genres(given.get("genres", ""))
    if not problem and not texts.get("source"):
        problem = _NO_SOURCE
    return ListRow(
        row=number,
        source=texts.get("source", ""),
        id=texts.get("id") or None,
        title=texts.get("title") or None,
        genres=genres,
        plot=texts.get("plot") or None,
        poster=texts.get("poster") or None,
        split=texts.get("split") or None,
        problem=clean_text(problem) if problem else None,
        notes=tuple(map(clean_text, notes)),
    )


def _mend(texts: dict[str, str]) -> Iterator[str]:
    """Mend the texts of a row in place; yield what is to be noted of it."""
    for field in sorted(_MENDED & texts.keys()):
        if error := sheet_error(texts[field]):
            yield f"its {field} is {error}, a spreadsheet's error in place of a value: left out"
            texts[field] = ""
        elif "\ufffd" in texts[field]:
            yield f"its {field} has characters that could not be read"
        texts[field] = plain_plot(texts[field]).strip() if field == "plot" else mend_text(texts[field])


def read_json_line(line: str) -> tuple[object, str | None]:
    """Return the value of a JSON line, and why it can't be read."""
    if len(line) > MAX_LINE:
        return None, f"it has more than {MAX_LINE:,} characters"
    try:
        return json.loads(line), None
    except (ValueError, RecursionError) as exc:
        return None, f"it is not valid JSON: {exc}"


def name_type(value: object) -> str:
    """Return what kind of JSON value this is, in words."""
    return _TYPES.get(type(value), "a number" if isinstance(value, int | float) else "a text")


def _problem(field: str, value: object) -> str | None:
    if field == "source" and isinstance(value, str) and (error := sheet_error(value.strip())):
        return f"its source is {error}, a spreadsheet's error in place of a value; {_UNDO_FORMULA}"
    if field == "genres" and isinstance(value, list):
        if wrong := [name_type(item) for item in value if _genre(item) is None]:
            return f"its genres hold {wrong[0]}, not only texts"
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


def read_genres(value: object) -> tuple[str, ...]:
    """Return the genres of a cell or of a JSON value, each once."""
    if isinstance(value, list):
        return distinct(mend_text(clean_text(_genre(item) or "")) for item in value)
    text = _text(value)
    return () if sheet_error(text) else split_genres(mend_text(text))


def _genre(item: object) -> str | None:
    """Return a genre of a JSON list: a text, or the name in TMDB's `{"id": 18, "name": "Drama"}`."""
    name = item.get("name") if isinstance(item, dict) else item
    return name if isinstance(name, str) else None

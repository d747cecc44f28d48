"""Rows of a list: made of the values found in the file, with the problem of those that can't be used."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from db.identity import FIRST_YEAR, IMDB_ID, LAST_YEAR, LONGEST, MAX_BYTES, MAX_KEYS, Scalar, fits, to_key, to_line
from extractor.markup import plain_plot
from worker.cells import clean_text
from worker.lists.columns import distinct, split_genres
from worker.lists.files import MAX_LINE
from worker.lists.kinds import sheet_error
from worker.lists.mending import mend_text

MAX_CHARACTERS = {
    "source": 4096,
    "id": 200,
    "external_id": LONGEST["external_id"],
    "imdb_id": 200,
    "film_id": LONGEST["film"],
    "title": LONGEST["title"],
    "year": 50,
    "franchise": LONGEST["franchise"],
    "genres": 5000,
    "plot": 100_000,
    "poster": 4096,
    "split": 100,
}

_NO_SOURCE = "there is no source in it; give a link, a path or a YouTube id"
_UNDO_FORMULA = "type it again as a text, with ' before it: an id that begins with - is taken for a formula"
_MENDED = ("external_id", "film_id", "franchise", "id", "imdb_id", "plot", "split", "title", "year")
_IDS = ("id", "imdb_id", "film_id", "external_id")  # the preferred one first
_OPTIONAL = frozenset({"external_id", "imdb_id", "film_id", "year", "franchise"})  # a row is used without them
_IMDB_LINK = re.compile(rf"(?:https?://)?(?:www\.|m\.)?imdb\.com/(?:\w\w/)?title/({IMDB_ID.pattern})\b", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:\.0+|[-/.\u2013].*)?", re.ASCII)
_TYPES: Mapping[type, str] = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list; `row` counts from 1, without header, blank lines and comments.

    `source` and `poster` are the text as given (`worker.lists.reading.absolute_source` makes paths absolute), `id` is
    the user's own of whatever kind, `external_id` the one of the trailer, `film` the one of the film, `problem` says
    why the row can't be used, `notes` what was left out of it or is a guess.
    """

    row: int
    source: str
    id: str | None = None
    title: str | None = None
    genres: tuple[str, ...] = ()
    plot: str | None = None
    poster: str | None = None
    split: str | None = None
    external_id: str | None = None
    imdb_id: str | None = None
    film: str | None = None
    year: int | None = None
    franchise: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)
    problem: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one row by the fields of NAMES, why it can't be used, and what is to be noted of it.

    `others` are those that no field holds, by their headings, `metadata` what the row itself gives as such.
    """

    fields: Mapping[str, object]
    problem: str | None = None
    notes: tuple[str, ...] = ()
    others: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetadataColumns:
    """The columns that are kept as metadata: those named, or with `rest` all that no field holds."""

    names: tuple[str, ...] = ()
    rest: bool = False

    def covers(self, heading: str) -> bool:
        """Tell whether a column is kept."""
        return self.rest or heading.strip().casefold() in {name.strip().casefold() for name in self.names}


NO_METADATA = MetadataColumns()


def make_row(number: int, values: Values, kept: MetadataColumns = NO_METADATA) -> ListRow:
    """Return the row with these values, mended and stripped; a text over MAX_CHARACTERS is cut, and a problem."""
    filled = {field: value for field, value in values.fields.items() if value is not None and value != ""}
    wrong = {field: problem for field, value in filled.items() if (problem := _problem(field, value))}
    given = {field: value for field, value in filled.items() if not (field in wrong and field in _OPTIONAL)}
    problem = values.problem or next((text for field, text in wrong.items() if field in given), None)
    texts = {field: _text(value)[: MAX_CHARACTERS[field]] for field, value in given.items()}
    notes = [*values.notes, *(f"{wrong[field]}: left out" for field in wrong if field not in given), *_mend(texts)]
    year, year_note = read_year(texts.get("year", ""))
    metadata, metadata_note = _read_metadata(values, kept)
    notes += filter(None, (year_note, metadata_note))
    genres = read_genres(given["genres"]) if "genres" in given and not problem else ()
    if not problem and not texts.get("source"):
        problem = _NO_SOURCE
    return ListRow(
        row=number,
        source=texts.get("source", ""),
        id=next(filter(None, (texts.get(field) for field in _IDS)), None),
        title=texts.get("title") or None,
        genres=genres,
        plot=texts.get("plot") or None,
        poster=texts.get("poster") or None,
        split=texts.get("split") or None,
        external_id=_external_id(texts),
        imdb_id=next((id_ for field in ("imdb_id", *_IDS) if IMDB_ID.fullmatch(id_ := texts.get(field, ""))), None),
        film=to_line(texts.get("film_id", "")) or None,
        year=year,
        franchise=to_line(texts.get("franchise", "")) or None,
        metadata=metadata,
        problem=clean_text(problem) if problem else None,
        notes=tuple(map(clean_text, notes)),
    )


def _external_id(texts: Mapping[str, str]) -> str | None:
    """Return the user's own id of the trailer; IMDb's is of the film."""
    own = texts.get("id", "")
    return to_line(texts.get("external_id") or ("" if IMDB_ID.fullmatch(own) else own)) or None


def read_year(text: str) -> tuple[int | None, str | None]:
    """Return the year of a cell, as programs and people write it, or why it isn't one."""
    if not text:
        return None, None
    found = _YEAR.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None, f"its year {text[:20]!r} is not one from {FIRST_YEAR} to {LAST_YEAR}: left out"
    return int(found[1]), None


def _read_metadata(values: Values, kept: MetadataColumns) -> tuple[dict[str, Scalar], str | None]:
    """Return the metadata of a row, and why it has none although it should."""
    named = {name: value for name, value in values.others.items() if kept.covers(name)}
    scalars = {to_key(name): _scalar(value) for name, value in (*named.items(), *values.metadata.items())}
    metadata = {name: value for name, value in scalars.items() if name and value is not None and value != ""}
    if fits(metadata):
        return metadata, None
    return {}, f"its metadata is left out: more than {MAX_KEYS} columns or {MAX_BYTES:,} bytes; name fewer columns"


def _mend(texts: dict[str, str]) -> Iterator[str]:
    """Mend the texts of a row in place; yield what is to be noted of it."""
    for name in filter(texts.get, _MENDED):
        if error := sheet_error(texts[name]):
            yield f"its {name} is {error}, a spreadsheet's error in place of a value: left out"
            texts[name] = ""
        elif "\ufffd" in texts[name]:
            yield f"its {name} has characters that could not be read"
        texts[name] = plain_plot(texts[name]).strip() if name == "plot" else mend_text(texts[name])
    if imdb_id := texts.get("imdb_id"):
        found = _IMDB_LINK.match(imdb_id)
        texts["imdb_id"] = found[1] if found else imdb_id
        if not IMDB_ID.fullmatch(texts["imdb_id"]):
            yield f"its imdb_id {imdb_id[:60]!r} is not a valid IMDb id, such as tt0111161: left out"


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


def _scalar(value: object) -> Scalar | None:
    """Return a value as metadata holds it: a text, number or truth value that MongoDB can store, else None."""
    if isinstance(value, str):
        return clean_text(value).replace("\x00", "").strip()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None


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

"""Rows of reviews: a review as a row of a csv or JSON lines file, and read back from one, or from one made by hand."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import get_args

from db.fields import to_document
from db.labelling.decisions import MAX_NOTE, MAX_REASON, MAX_REVIEWER
from db.library_records import Decision, LibraryTrailer, Review
from db.records import TrailerLabels
from worker.cells import clean_text, read_cell
from worker.clock import read_time
from worker.exporting.parquet import Kind
from worker.lists.columns import find_columns, fold, split_genres
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.rows import name_type, read_json_line
from worker.lists.tables import read_records

COLUMNS: Mapping[str, Kind] = {
    "review_id": "text",
    "trailer_id": "text",
    "external_id": "text",
    "title": "text",
    "reviewer": "text",
    "created_at": "time",
    "accept": "texts",
    "reject": "texts",
    "add": "texts",
    "reasons": "object",
    "note": "text",
    "outcome": "object",
    "undone_by": "text",
    "undone_at": "time",
}
DECISIONS: tuple[Decision, ...] = get_args(Decision)
MAX_ID = 200
_REVIEW_ID = re.compile("[0-9a-f]{24}")
_FIELDS = {fold(name): name for name in COLUMNS}


class BadRow(ValueError):
    """A row can't be used."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a review came to when it was made: the genres, those decided, the labels before it, and the model."""

    genres: tuple[str, ...]
    known: tuple[str, ...]
    labels_before: TrailerLabels
    model_id: str | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row: what may name its trailer, and a person's words; `outcome` where it was exported by Trailers.

    `number` counts from 1, without header and blank lines; `problem` says why it can't be used.
    """

    number: int
    names: tuple[str, ...] = ()
    review_id: str | None = None
    reviewer: str | None = None
    created_at: datetime | None = None
    words: Mapping[Decision, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    outcome: Outcome | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None
    problem: str | None = None


def to_row(review: Review, trailer: LibraryTrailer | None) -> dict[str, object]:
    """Return a review by the columns, in their order, beside what its trailer is called."""
    named: dict[str, object] = {
        each: [genre for genre, its in review.decisions.items() if its == each] for each in DECISIONS
    }
    labels = {name: to_document(getattr(review.labels_before, name)) for name in ("genres", "source", "known")}
    outcome = {
        "genres": list(review.genres),
        "known": list(review.known),
        "labels_before": labels,
        "model_id": review.model_id,
    }
    return {
        "review_id": review.review_id,
        "trailer_id": review.trailer_id,
        "external_id": trailer.external_id if trailer else None,
        "title": trailer.shown_title if trailer else None,
        "reviewer": review.reviewer,
        "created_at": review.created_at,
        **named,
        "reasons": dict(review.reasons),
        "note": review.note,
        "outcome": outcome,
        "undone_by": review.undone_by,
        "undone_at": review.undone_at,
    }


def read_rows(path: Path) -> Iterator[ReviewRow]:
    """Yield the rows of a csv, tsv or jsonl file; one that can't be used has a `problem`.

    Raises WorkerError (file_not_found, empty_file, bad_source) for a file that can't be read at all.
    """
    lines = read_lines(path, find_encoding(path))
    try:
        first = next((line for line in lines if line.strip()), "")
        rest = chain([first], lines)
        values = _read_json(rest) if first.lstrip().startswith("{") else _read_table(rest)
        for number, (found, problem) in enumerate(values, start=1):
            yield ReviewRow(number, problem=problem) if problem else _try_row(number, found)
    except OSError as exc:
        raise unreadable(path, exc) from exc


Values = Mapping[str, object]


def _read_table(lines: Iterator[str]) -> Iterator[tuple[Values, str | None]]:
    records = read_records(lines)
    header = next(records)
    for record in records:
        cells = [read_cell(cell) for cell in record.cells]
        yield dict(zip(header.cells, cells, strict=False)), record.problem


def _read_json(lines: Iterator[str]) -> Iterator[tuple[Values, str | None]]:
    for line in filter(str.strip, lines):
        value, problem = read_json_line(line)
        if not problem and not isinstance(value, dict):
            problem = f"it is {name_type(value)}, not a JSON object"
        yield value if isinstance(value, dict) else {}, problem


def _try_row(number: int, values: Values) -> ReviewRow:
    try:
        return _make_row(number, values)
    except ValueError as exc:
        return ReviewRow(number, problem=clean_text(str(exc)))


def _make_row(number: int, values: Values) -> ReviewRow:
    """Return the row with these values by the headings of a file; raises BadRow for what can't be used."""
    known = {_FIELDS[fold(name)]: value for name, value in values.items() if fold(name) in _FIELDS}
    found = find_columns(list(values))
    own = [list(values)[place] for place in (*found["external_id"], *found["id"])]
    names = [known.get("trailer_id"), *(values[name] for name in own)]
    outcome = _read_outcome(_object(known, "outcome"))
    review_id = _text(known, "review_id", MAX_ID)
    if review_id and not _REVIEW_ID.fullmatch(review_id):
        raise BadRow(f"{review_id!r} is not a valid review_id; leave it out for a new review")
    return _checked(
        ReviewRow(
            number,
            names=tuple(name for each in names if (name := _text({"id": each}, "id", MAX_ID))),
            review_id=review_id,
            reviewer=_text(known, "reviewer", MAX_REVIEWER),
            created_at=_time(known, "created_at"),
            words={each: _words(known, each, split_genres if outcome is None else _split) for each in DECISIONS},
            reasons=_reasons(known),
            note=_text(known, "note", MAX_NOTE),
            outcome=outcome,
            undone_by=_text(known, "undone_by", MAX_REVIEWER),
            undone_at=_time(known, "undone_at"),
        )
    )


def _checked(row: ReviewRow) -> ReviewRow:
    """Return the row; raises BadRow where its parts contradict each other."""
    if not row.names:
        raise BadRow("it names no trailer; give trailer_id or your own id")
    if row.outcome is None:
        return row
    if not (row.review_id and row.created_at and row.reviewer):
        raise BadRow("it has an outcome, but no review_id, created_at or reviewer; leave out the outcome, too")
    chosen, rejected = {*row.words["accept"], *row.words["add"]}, {*row.words["reject"]}
    genres = set(row.outcome.genres)
    if chosen - genres or rejected & genres or (chosen | rejected) - set(row.outcome.known):
        raise BadRow("its outcome doesn't follow from its decisions; leave out outcome and review_id of a new review")
    return row


def _read_outcome(values: Mapping[str, object]) -> Outcome | None:
    if not values:
        return None
    labels = _object(values, "labels_before")
    return Outcome(
        genres=_texts(values, "genres"),
        known=_texts(values, "known"),
        labels_before=TrailerLabels(
            genres=_texts(labels, "genres"),
            source=_text(labels, "source", MAX_ID),
            known=None if labels.get("known") is None else _texts(labels, "known"),
        ),
        model_id=_text(values, "model_id", MAX_ID),
    )


def _text(values: Values, name: str, longest: int) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRow(f"its {name} is {name_type(value)}, not a text")
    text = clean_text(str(value)).replace("\x00", "").strip()
    if len(text) > longest:
        raise BadRow(f"its {name} has {len(text):,} characters, over the limit of {longest:,}")
    return text or None


def _time(values: Values, name: str) -> datetime | None:
    text = _text(values, name, MAX_ID)
    return read_time(text) if text else None


def _texts(values: Values, name: str) -> tuple[str, ...]:
    value = values.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadRow(f"its {name} are not a list of texts")
    return tuple(map(clean_text, value))


def _words(values: Values, name: str, split: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    if isinstance(values.get(name), list):
        return _texts(values, name)
    return tuple(split(_text(values, name, MAX_NOTE) or ""))


def _split(text: str) -> list[str]:
    """Return the genres of a cell that we wrote."""
    return text.split("|") if text else []


def _reasons(values: Values) -> dict[str, str]:
    reasons = _object(values, "reasons")
    return {clean_text(genre): text for genre in reasons if (text := _text(reasons, genre, MAX_REASON))}


def _object(values: Values, name: str) -> Mapping[str, object]:
    """Return an object, also from the JSON of a cell, an empty one for nothing."""
    value = values.get(name)
    if isinstance(value, str):
        value, problem = read_json_line(value) if value.strip() else (None, None)
        if problem:
            raise BadRow(f"its {name} can't be read: {problem}")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRow(f"its {name} is {name_type(value)}, not a JSON object")
    return value

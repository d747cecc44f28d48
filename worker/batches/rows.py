"""Result rows of a batch, one for each row of its list, as a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from db.identity import Scalar
from worker.cells import clean_text
from worker.exporting.parquet import Kind
from worker.exporting.tables import Table
from worker.exporting.top_scores import TOP_COLUMNS, round_number, top_columns

COLUMNS: Mapping[str, Kind] = {
    "row": "whole",
    **dict.fromkeys(("source", "id", "title", "trailer_id", "status", "code", "message"), "text"),
    "n_frames": "whole",
    "duration_s": "number",
    **TOP_COLUMNS,
    "passed": "texts",
    "model_id": "text",
    "seconds": "number",
    "external_id": "text",
    "film_id": "text",
    "year": "whole",
    "imdb_id": "text",
    "franchise": "text",
    "metadata": "object",
}
AS_THEY_ARE = (
    *("row", "source", "id", "title", "trailer_id", "status", "code", "message", "n_frames", "model_id"),
    *("external_id", "film_id", "year", "imdb_id", "franchise"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """The result of one row of a list; None where there is nothing to say.

    `genres` are (genre, score) in rank order, `passed` the genres over their thresholds, `duration_s` the video's
    seconds, `seconds` those of work, `code` and `message` are those of the error. What follows is the identity of the
    trailer as it is stored, `external_id` the row's own if it has one.
    """

    row: int
    source: str
    status: str
    id: str | None = None
    title: str | None = None
    trailer_id: str | None = None
    code: str | None = None
    message: str | None = None
    n_frames: int | None = None
    duration_s: float | None = None
    genres: tuple[tuple[str, float], ...] = ()
    passed: tuple[str, ...] = ()
    model_id: str | None = None
    seconds: float | None = None
    external_id: str | None = None
    film_id: str | None = None
    year: int | None = None
    imdb_id: str | None = None
    franchise: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)


def result_table(rows: Iterable[ResultRow]) -> Table:
    """Return the table of these rows."""
    return Table(COLUMNS, map(result_document, rows))


def result_document(row: ResultRow) -> dict[str, object]:
    """Return the row by its columns, in their order, numbers rounded; `passed` is a list."""
    document: dict[str, object] = dict.fromkeys(COLUMNS)
    for name in AS_THEY_ARE:
        document[name] = _clean(getattr(row, name))
    document["metadata"] = {clean_text(key): _clean(value) for key, value in row.metadata.items()}
    document |= top_columns(row.genres)
    document["passed"] = [clean_text(genre) for genre in row.passed]
    document["duration_s"], document["seconds"] = round_number(row.duration_s, 3), round_number(row.seconds, 3)
    return document


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value

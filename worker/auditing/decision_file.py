"""Decision files: the table that `trailers audit --out` writes, with the column `decision` filled in by people."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import get_args

from classifier.taxonomy import Taxonomy
from db.records import is_trailer_id
from worker.auditing.decisions import FindingDecision, Verb
from worker.auditing.rows import DECISION
from worker.cells import read_cell
from worker.errors import WorkerError
from worker.lists.columns import fold
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.tables import Record, read_records

NEEDED = ("trailer_id", DECISION, "tags", "suggestion")


def read_decisions(path: Path, taxonomy: Taxonomy) -> Iterator[tuple[int, FindingDecision | str]]:
    """Yield the number of each row that has a decision, and the decision or the reason why it can't be read.

    Raises WorkerError for a file that can't be read at all, or isn't such a table.
    """
    try:
        records = read_records(read_lines(path, find_encoding(path)))
        header = next(records, None)
        names = [fold(read_cell(cell)) for cell in header.cells] if header else []
        if missing := [name for name in NEEDED if fold(name) not in names]:
            raise WorkerError(
                "bad_source",
                f"{str(path)!r} has no column {missing[0]!r}; fill in the table that `trailers audit --out` writes",
            )
        places = {name: names.index(fold(name)) for name in NEEDED}
        for number, record in enumerate(records, start=1):
            found = _read_row(record, places, taxonomy)
            if found is not None:
                yield number, found
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _read_row(record: Record, places: dict[str, int], taxonomy: Taxonomy) -> FindingDecision | str | None:
    if record.problem:
        return record.problem
    cells = [*record.cells, *[""] * (max(places.values()) + 1)]
    values = {name: read_cell(cells[place]).strip() for name, place in places.items()}
    decision = next((verb for verb in get_args(Verb) if verb == values[DECISION].casefold()), None)
    if not values[DECISION]:
        return None
    if decision is None:
        return f"{values[DECISION][:100]!r} is not a decision; write accept or dismiss, or leave it empty"
    if not is_trailer_id(values["trailer_id"]):
        return f"{values['trailer_id'][:100]!r} is not a valid trailer_id"
    tags, suggestion = (_split(values[name]) for name in ("tags", "suggestion"))
    return FindingDecision(values["trailer_id"], decision, tags, _name(suggestion, tags, taxonomy))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in cell.split("|") if text.strip()))


def _name(suggestion: tuple[str, ...], tags: tuple[str, ...], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the suggestion, which people may have changed, in our genres; what means none stays as it is written."""
    named = ((tag,) if tag in tags else taxonomy.read([tag]).genres or (tag,) for tag in suggestion)
    return tuple(dict.fromkeys(chain.from_iterable(named)))

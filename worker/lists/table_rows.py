"""Rows of a table: the values of each record by the table's layout."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import eq
from pathlib import Path

from classifier.data.one_hot import SAMPLE
from classifier.taxonomy import NO_TAXONOMY, Taxonomy
from worker.cells import read_address, read_cell
from worker.lists.columns import fold, is_blank
from worker.lists.kinds import Kind, is_comment, is_rule, is_usable, kind_of
from worker.lists.layout import NO_LAYOUT, Columns, Layout, find_layout, is_header
from worker.lists.rows import Values
from worker.lists.tables import Record, too_wide
from worker.lists.texts import first_link, read_text_line

_CUT_FORMULA = re.compile(r'\s*=\s*\w+\(\s*"[^"]*"\s*$')
_MAX_SEARCHED = 50  # cells of a row without a source


def read_table(
    path: Path, records: Iterator[Record], columns: Columns, taxonomy: Taxonomy
) -> tuple[Iterator[Values], Layout]:
    """Return the values of each row of a table, and its layout; raises WorkerError (bad_source)."""
    rows = (record for record in records if not _is_remark(record.cells) and not is_rule(record.cells))
    sample = list(islice(rows, SAMPLE))
    places = [place for place, record in enumerate(sample) if not is_comment(record.cells)]
    if not places:
        return iter(()), NO_LAYOUT
    layout = find_layout(path, [sample[place].cells for place in places], columns, taxonomy)
    below = places[layout.first - 1] + 1 if layout.first else 0
    return _read_parts(path, chain(sample[below:], rows), layout), layout


def pick_source(texts: Sequence[str]) -> str:
    """Return the first of the texts in a row's source columns that can be used, else the first that is not blank."""
    filled = [text for text in texts if not is_blank(text)]
    return next((text for text in filled if len(filled) == 1 or is_usable(text)), filled[0] if filled else "")


def _read_parts(path: Path, records: Iterator[Record], layout: Layout) -> Iterator[Values]:
    """Yield the values of each row; another header among them, as where tables were put together, begins a part."""
    header = [fold(name) for name in layout.header or ()]
    for record in records:
        if header and len(record.cells) == len(header) and all(map(eq, map(fold, record.cells), header)):
            continue
        if is_comment(record.cells) and not _is_titled(record.cells, layout):
            continue
        if header and is_header(record.cells):
            layout = find_layout(path, [record.cells], {}, NO_TAXONOMY)
            header = [fold(cell) for cell in record.cells]
        else:
            yield _read(record, layout)


def _is_remark(cells: Sequence[str]) -> bool:
    """Tell whether a row begins with # and has nothing behind that could be a source."""
    return is_comment(cells) and not any(map(is_usable, cells[1:_MAX_SEARCHED]))


def _is_titled(cells: Sequence[str], layout: Layout) -> bool:
    """Tell whether a row under a header has its source where it belongs: what is before it is a title, `# Alive`."""
    places = layout.places["source"] if layout.header is not None else ()
    return any(is_usable(cells[place]) for place in places if 0 < place < len(cells))


def _read(record: Record, layout: Layout) -> Values:
    cells = _rejoin(record.cells, layout)
    if layout.is_single and len(cells) == 1 and record.problem is None:
        return read_text_line(cells[0]) or Values({"source": cells[0]})
    fields: dict[str, object] = {field: _first_filled(cells, places) for field, places in layout.others}
    source = pick_source([_address(cells, place, layout.site) for place in layout.places["source"]])
    first, notes = first_link(source)
    if kind_of(source) in (Kind.BLANK, Kind.ADDRESS) and (elsewhere := _find_elsewhere(cells, layout)):
        first, notes = elsewhere, ("its source is in a column of something else",)
    if layout.one_hot.columns:
        fields["genres"] = list(layout.one_hot.read(cells))
        notes = (*notes, *filter(None, [layout.one_hot.doubt(cells)]))
    problem = record.problem or too_wide(cells, len(layout.header or cells))
    others = {name: read_cell(cells[place]).strip() for place, name in layout.unused.items() if place < len(cells)}
    return Values(fields | {"source": first or source}, problem, notes, others)


def _rejoin(cells: Sequence[str], layout: Layout) -> Sequence[str]:
    """Return the cells with a link's formula without quotes around it, which its comma has cut in two, in one piece."""
    if layout.header is None or len(cells) <= len(layout.header):
        return cells
    place = next((at for at, cell in enumerate(cells[:-1]) if _CUT_FORMULA.match(cell)), None)
    if place is None:
        return cells
    name = cells[place + 1].strip().removesuffix(")").strip('"')
    return [*cells[:place], f'{cells[place]},"{name}")', *cells[place + 2 :]]


def _find_elsewhere(cells: Sequence[str], layout: Layout) -> str | None:
    """Return the first link in a column that holds no field, of a row that has no video where it should be."""
    taken = {place for _, places in layout.others for place in places}
    places = (place for place in range(min(len(cells), _MAX_SEARCHED)) if place not in taken)
    return next((cells[place].strip() for place in places if kind_of(cells[place]) is Kind.LINK), None)


def _first_filled(cells: Sequence[str], places: Sequence[int]) -> str:
    texts = (read_cell(cells[place]).strip() for place in places if place < len(cells))
    return next((text for text in texts if not is_blank(text)), "")


def _address(cells: Sequence[str], place: int, site: int | None) -> str:
    text = read_address(cells[place]).strip() if place < len(cells) else ""
    return f"{cells[site].strip().lower()}:{text}" if site is not None and text and site < len(cells) else text

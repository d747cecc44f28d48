"""The dry run of a list, `trailers batch LIST --check`, and the columns that a user names; no command itself."""

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from classifier.counts import count
from worker.commands.output import print_json, say, tell
from worker.errors import exit_status

if TYPE_CHECKING:
    from classifier.taxonomy import Taxonomy
    from worker.settings import Settings

N_SHOWN = 10  # rows


def read_columns(text: str) -> dict[str, str]:
    """Return the columns that `--columns source=Link,title=2` names, by field; raises ArgumentTypeError."""
    from worker.lists.columns import NAMES

    columns = {}
    for part in text.split(","):
        field, _, name = (each.strip() for each in part.partition("="))
        if field not in NAMES or not name:
            fields = ", ".join(NAMES)
            raise argparse.ArgumentTypeError(f"{part!r} is not FIELD=NAME with one of the fields {fields}")
        columns[field] = name
    return columns


def check_list(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Print how a list is understood: its columns, its first rows, every doubt, and the words that are unknown.

    Return 0, 3 when some of its rows can't be used, or the error's exit code when none can.
    """
    from classifier.taxonomy import HOUSE
    from worker.batches.checking import check_row
    from worker.lists.reading import read_list
    from worker.lists.rows import MetadataColumns
    from worker.lists.tags import TagCounts, with_note
    from worker.runtime import Runtime

    with Runtime(settings) as runtime:
        taxonomy = runtime.store.taxonomies.current()
    kept = MetadataColumns(arguments.metadata, arguments.metadata_rest)
    found = read_list(arguments.list, columns=arguments.columns, kept=kept, taxonomy=taxonomy)
    folder, counts = arguments.list.absolute().parent, TagCounts()
    source = arguments.label_source or HOUSE
    rows = [
        check_row(with_note(row, counts.read_tags(row.genres, source, taxonomy)), folder, sites=settings.sites)
        for row in found
    ]
    codes = [row.code for row in rows if row.code]
    document = {
        "rows": len(rows),
        "unusable": len(codes),
        "columns": found.columns,
        "one_hot": _one_hot(found.one_hot.words, [row.row.genres for row in rows], taxonomy),
        "unknown_genres": counts.unknown_genres,
        "notes": [*found.notes, *counts.notes()],
        "first": [{"row": each.row.row, "understood": each.describe()} for each in rows[:N_SHOWN]],
        "doubts": [{"row": each.row.row, "message": doubt} for each in rows for doubt in each.doubts],
    }
    if arguments.json:
        print_json(document)
    else:
        _print(document)
    say(f"{arguments.list.name}: {count(len(rows), 'row')}, of which {len(codes):,} can't be used; nothing was run")
    return exit_status(codes, n_all=len(rows))


def _one_hot(words: Sequence[str], rows: Sequence[Sequence[str]], taxonomy: "Taxonomy") -> dict[str, Any]:
    """Return what each one-hot column means, and how many rows say so."""
    counts = Counter(chain.from_iterable(rows))
    return {word: {"genres": taxonomy.read([word]).genres, "rows": counts[word]} for word in words}


def _print(document: dict[str, Any]) -> None:
    for field, names in document["columns"].items():
        tell(f"{field}: {', then '.join(names)}")
    for word, column in document["one_hot"].items():
        tell(f"genre {word}: {', '.join(column['genres']) or 'not a genre'} (rows: {column['rows']:,})")
    for note in document["notes"]:
        tell(f"note: {note}")
    for each in document["first"]:
        tell(f"row {each['row']}: {each['understood']}")
    for each in document["doubts"]:
        tell(f"doubt in row {each['row']}: {each['message']}")

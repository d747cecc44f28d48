"""The dry run of a list, `trailers batch LIST --check`, and the columns that a user names; no command itself."""

import argparse
from typing import TYPE_CHECKING, Any

from worker.commands.output import print_json, say
from worker.errors import exit_status

if TYPE_CHECKING:
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
    """Print how a list is understood: its columns, its first rows, and every doubt.

    Return 0, 3 when some of its rows can't be used, or the error's exit code when none can.
    """
    from worker.batches.checking import check_row
    from worker.lists.reading import read_list
    from worker.lists.rows import MetadataColumns

    kept = MetadataColumns(arguments.metadata, arguments.metadata_rest)
    found = read_list(arguments.list, columns=arguments.columns, kept=kept)
    folder = arguments.list.absolute().parent
    rows = [check_row(row, folder, sites=settings.sites) for row in found]
    codes = [row.code for row in rows if row.code]
    document = {
        "rows": len(rows),
        "unusable": len(codes),
        "columns": found.columns,
        "notes": found.notes,
        "first": [{"row": each.row.row, "understood": each.describe()} for each in rows[:N_SHOWN]],
        "doubts": [{"row": each.row.row, "message": doubt} for each in rows for doubt in each.doubts],
    }
    if arguments.json:
        print_json(document)
    else:
        _print(document)
    say(f"{arguments.list.name}: {len(rows):,} rows, of which {len(codes):,} can't be used; nothing was run")
    return exit_status(codes, n_all=len(rows))


def _print(document: dict[str, Any]) -> None:
    for field, names in document["columns"].items():
        print(f"{field}: {', then '.join(names)}")
    for note in document["notes"]:
        print(f"note: {note}")
    for each in document["first"]:
        print(f"row {each['row']}: {each['understood']}")
    for each in document["doubts"]:
        print(f"doubt in row {each['row']}: {each['message']}")

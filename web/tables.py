"""Tables to be downloaded, as CSV or JSON lines, sent while their rows are read."""

from typing import Any

from fastapi.responses import StreamingResponse

from worker.exporting.tables import Table, TextFormat, render_table

MEDIA_TYPES: dict[TextFormat, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def describe_table(rows: str) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI describes such a response; `rows` says what there is a row for."""
    return {
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}, "description": rows}
    }


def send_table(table: Table, name: str, kind: TextFormat) -> StreamingResponse:
    """Return the response that has a browser save the table under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return StreamingResponse(render_table(table, kind), media_type=MEDIA_TYPES[kind], headers=headers)

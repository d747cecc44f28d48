"""Tables as Parquet, for pandas, DuckDB and their like; needs pyarrow, which is optional."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, Literal

from worker.errors import WorkerError

Kind = Literal["text", "whole", "number", "yes_or_no", "time", "texts", "object"]
ROWS_A_GROUP = 5000
WAY_OUT = "install it (.venv/bin/pip install 'pyarrow>=20'), or name a .csv or .jsonl file"


def load_pyarrow() -> tuple[Any, Any]:
    """Return pyarrow and its module for Parquet; raises WorkerError (bad_source) where it isn't installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as exc:
        raise WorkerError("bad_source", f"Parquet files need pyarrow, which isn't installed: {WAY_OUT}") from exc
    return pyarrow, pyarrow.parquet


def write_parquet(columns: Mapping[str, Kind], rows: Iterable[Mapping[str, object]], file: BinaryIO) -> None:
    """Write rows with these columns, some thousand at a time; an object becomes its JSON."""
    pa, pq = load_pyarrow()
    kinds = _kinds(pa)
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    waiting = _with_json(rows, [name for name, kind in columns.items() if kind == "object"])
    with pq.ParquetWriter(file, schema) as writer:
        while chunk := list(islice(waiting, ROWS_A_GROUP)):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))


def _kinds(pa: Any) -> Mapping[Kind, Any]:
    return {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "yes_or_no": pa.bool_(),
        "time": pa.timestamp("ms", tz="UTC"),
        "texts": pa.list_(pa.string()),
        "object": pa.string(),
    }


def _with_json(rows: Iterable[Mapping[str, object]], names: list[str]) -> Iterator[Mapping[str, object]]:
    for row in rows:
        yield {**row, **{name: json.dumps(row[name], ensure_ascii=False) for name in names}} if names else row

"""Uploaded lists: files in TRAILERS_HOME while they are prepared; since strangers send them, they are trusted less.

After a crash the same list, sent again, goes on where it stopped.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePath

from db.embedded.locks import SHARED, try_lock
from worker.batches.preparing import BatchRequest
from worker.errors import WorkerError
from worker.jobs.sent_files import NONE_SENT
from worker.jobs.uploads import safe_name
from worker.settings import Settings

MAX_BYTES = 8 * 2**20
OLD_S = 24 * 3600
_WAIT_S = 30
_SUFFIXES = {
    **{suffix: suffix for suffix in (".txt", ".md", ".csv", ".tsv", ".jsonl", ".xlsx", ".ods", ".xls")},
    ".json": ".jsonl",
    ".tab": ".tsv",
    ".ndjson": ".jsonl",
}
_JSON = "application/json"
_SUFFIX_OF_TYPE = {
    _JSON: ".jsonl",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/jsonl": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}


@contextmanager
def kept_list(settings: Settings, data: bytes, name: str, *, content_type: str | None = None) -> Iterator[BatchRequest]:
    """Yield the request to prepare a list that a stranger has sent under a name; its file is removed afterwards.

    Its content type says what kind of list it is, else its name, else its first line; a single JSON document is an
    array of rows. Raises WorkerError: too_large for more than 8 MiB, disk_full.
    """
    if len(data) > MAX_BYTES:
        raise WorkerError("too_large", f"the list has {len(data):,} bytes; at most {MAX_BYTES:,} are taken")
    if _kind(content_type) == _JSON or _named_suffix(name) == ".json":
        data = _to_lines(data)
    folder = _lists(settings.home)
    path = folder / f"{sha256(data).hexdigest()}{_suffix(name, content_type)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        in_use = try_lock(folder / "lock", SHARED, wait_s=_WAIT_S)
    except OSError as exc:
        raise _unkept(exc) from exc
    if in_use is None:
        raise WorkerError("internal", f"another process has held the lock on lists for {_WAIT_S} s")
    try:
        with in_use:
            _write(path, data)
            yield BatchRequest(path, sent=NONE_SENT, name=safe_name(name, nameless="list"))
    finally:
        if alone := try_lock(folder / "lock"):  # else the last process that uses a list, or the sweeper, removes it
            with alone:
                path.unlink(missing_ok=True)


def sweep_lists(home: Path) -> None:
    """Remove the lists that killed processes have left."""
    with suppress(FileNotFoundError):
        for path in _lists(home).iterdir():
            if path.name != "lock" and path.stat().st_mtime < time.time() - OLD_S:
                path.unlink(missing_ok=True)


def _lists(home: Path) -> Path:
    return home / "lists"


def _suffix(name: str, content_type: str | None) -> str:
    return _SUFFIX_OF_TYPE.get(_kind(content_type)) or _SUFFIXES.get(_named_suffix(name), "")


def _named_suffix(name: str) -> str:
    return PurePath(name.strip().lower()).suffix


def _kind(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _to_lines(data: bytes) -> bytes:
    """Return the rows of one JSON document, an array or {"rows": [...]}, a line each; anything else stays as it is."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if isinstance(document, dict) and isinstance(document.get("rows"), list):
        document = document["rows"]
    rows = document if isinstance(document, list) else [document]
    return "\n".join(json.dumps(row) for row in rows).encode()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as exc:
        raise _unkept(exc) from exc
    finally:
        part.unlink(missing_ok=True)


def _unkept(exc: OSError) -> WorkerError:
    return WorkerError("disk_full", f"the list can't be stored ({exc.strerror}); try again later")

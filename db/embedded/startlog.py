"""The start log: why mongod did not start, read from its log file."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from db.embedded.home import WAY_OUT
from db.errors import DiskFull, StoreError, StoreUnavailable

TAIL_BYTES = 200_000
NO_SPACE = "no space left on device"


def explain(log: Path, *, status: int, port: int | None) -> StoreError:
    """Return the error for a mongod that ended with exit status `status` instead of starting."""
    errors = read_errors(log)
    text = " ".join(errors).lower()
    if NO_SPACE in text:
        return DiskFull(f"the disk of {log.parent} is full: free some space, {WAY_OUT}")
    if port and "address already in use" in text:
        return StoreUnavailable(f"port {port} of 127.0.0.1 is taken: choose another port, or leave it out")
    if "permission denied" in text or "operation not permitted" in text:
        return StoreUnavailable(f"mongod may not use {log.parent}: make it your own, or {WAY_OUT}")
    last = errors[-1] if errors else "without a message"
    return StoreUnavailable(f"mongod ended with status {status} ({last[:300]}): see {log}")


def read_errors(log: Path) -> list[str]:
    """Return the errors of the last start in `log`, oldest first."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    found: list[str] = []
    for line in lines:
        entry = _parse(line)
        if entry.get("msg") == "***** SERVER RESTARTED *****":
            found.clear()
        if entry.get("s") in ("E", "F"):
            found.append(_to_text(entry))
    return found


def _parse(line: str) -> dict[str, Any]:
    with suppress(ValueError):
        entry = json.loads(line)
        return entry if isinstance(entry, dict) else {}
    return {}


def _to_text(entry: dict[str, Any]) -> str:
    details = json.dumps(entry["attr"]) if "attr" in entry else ""
    return f"{entry.get('msg')} {details}".strip()

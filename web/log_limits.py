"""Log limits: a line that is logged over and over is left out until a minute has passed, and then counted."""

import logging
import time
from dataclasses import dataclass

MAX_LINES = 60  # a minute, of one kind
MINUTE_S = 60.0
MAX_KINDS = 1000
MAX_LENGTH = 4000  # characters of a line before its traceback


@dataclass(slots=True)
class _Kind:
    began: float
    n_lines: int = 0
    n_left_out: int = 0


class RepeatFilter(logging.Filter):
    """Leaves out lines of a kind, told by their logger and their text before its values, of which there are too many.

    A stranger who can have a line logged with each request could otherwise fill the disk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to log a line; the first one of a minute says how many were left out before."""
        key, now = (record.name, str(record.msg)[:200]), time.monotonic()
        if len(self._kinds) >= MAX_KINDS and key not in self._kinds:
            self._kinds.clear()
        kind = self._kinds.setdefault(key, _Kind(now))
        n_left_out = 0
        if now > kind.began + MINUTE_S:
            n_left_out, self._kinds[key] = kind.n_left_out, (kind := _Kind(now))
        kind.n_lines += 1
        if kind.n_lines > MAX_LINES:
            kind.n_left_out += 1
            return False
        self._shorten(record, f" ({n_left_out:,} more like this were left out)" if n_left_out else "")
        return True

    def _shorten(self, record: logging.LogRecord, note: str) -> None:
        text = record.getMessage()
        if note or len(text) > MAX_LENGTH:
            record.msg, record.args = f"{text[:MAX_LENGTH]}{note}", ()

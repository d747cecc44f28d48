"""What the command has printed."""

import json
from typing import Any


def lines(out: str) -> list[dict[str, Any]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in out.splitlines()]

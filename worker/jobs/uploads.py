"""Uploads: videos that come over HTTP and wait in TRAILERS_HOME until their jobs are finished; then they are swept.

Each has a folder of its own, named by the first 16 hex digits of its sha256, and in it the name its user gave it.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from db.embedded.locks import FileLock, try_lock
from extractor.video.containers import check_container
from worker.download.scratch import has_reserve, scratch_folder, sweep
from worker.errors import WorkerError, shown_as
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import LocalFile

PARTS = "parts"  # one private folder for each upload that is still coming
KEPT_S = 3600  # at least, since it came or was last asked for
MAX_NAME_BYTES = 120
_MAX_SUFFIX_BYTES = 16
_DIGEST = ".sha256"  # beside the video: the whole digest, so that nobody reads half a gigabyte to know it
_WAIT_S = 30
_ID = re.compile(r"[0-9a-f]{16}")
log = logging.getLogger("trailers")


class Upload:
    """A video that is coming, `n_bytes` long if that is known: `write` its bytes in order, then `finish`.

    Used in a `with`, what isn't finished leaves nothing behind; of a killed process the next sweep removes it. Making
    one, `write` and `finish` raise WorkerError (too_large as soon as it is, disk_full); after that nothing is left.
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

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
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
        """Keep the video and return its id, 16 hex digits; of equal ones the first is kept, under its name.

        Raises WorkerError with the codes of `check_container` for what is no video, too.
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
        """Remove what has come, unless it is finished; a second call does nothing."""
        self._undo.close()

    def _require_room(self, n_more: int) -> None:
        limit = self._settings.max_download_bytes
        if self._size + n_more > limit:
            raise WorkerError("too_large", f"{self.name!r} is larger than {limit // 2**20:,} MB; send a smaller file")
        if not has_reserve(self._settings, n_more=n_more):
            raise WorkerError("disk_full", "the server's disk is nearly full; try again later")


def find_upload(home: Path, upload_id: str) -> LocalFile:
    """Return the video of an upload's id, which stays for an hour from now at least, and as long as a job needs it.

    Raises WorkerError (file_not_found).
    """
    target = _uploads(home) / upload_id if _ID.fullmatch(upload_id) else None
    if target is not None and target.is_dir():
        with _gate(target.parent):
            if file := _read(target):
                os.utime(target)
                return file
    raise WorkerError("file_not_found", f"there is no upload {upload_id[:40]!r} any more; upload it again")


def upload_name(home: Path, source: str | Path) -> str | None:
    """Return the name that an upload's user gave it, None for a source that is no upload."""
    path = Path(source)
    return path.name if path.is_relative_to(_uploads(home)) else None


def sweep_uploads(runtime: Runtime) -> None:
    """Remove what killed processes left of their uploads, and uploads that are old and that no job waits for."""
    folder = _uploads(runtime.settings.home)
    if not folder.is_dir():
        return
    sweep(folder / PARTS)
    old = {f"file:{path.name}": path for path in folder.iterdir() if _ID.fullmatch(path.name) and _is_old(path)}
    needed = runtime.store.jobs.unfinished_about(old) if old else set()
    for trailer_id, path in old.items():
        if trailer_id not in needed and _remove(path):
            log.info("removed the upload %s, which no job needs", path.name)


def safe_name(name: str, *, nameless: str = "video") -> str:
    """Return a user's name for a file as one that is harmless anywhere: its last part, printable, 120 bytes at most.

    Its suffix stays; where nothing else is left it is called `nameless`.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, suffix = "".join(c for c in last if c.isprintable()).strip().rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    ending = _cut(suffix.strip(), _MAX_SUFFIX_BYTES)
    ending = f".{ending}" if ending else ""
    return (_cut(stem.strip(" ."), MAX_NAME_BYTES - len(ending.encode())).strip(" .") or nameless) + ending


def _cut(text: str, n_bytes: int) -> str:
    """Return the beginning of a text that takes at most so many bytes of UTF-8."""
    return text.encode()[:n_bytes].decode(errors="ignore")


def _uploads(home: Path) -> Path:
    return home / "uploads"


def _gate(folder: Path) -> FileLock:
    """Return the lock on adding, finding and removing: an upload that was found isn't removed in that moment."""
    lock = try_lock(folder / "lock", wait_s=_WAIT_S)
    if lock is None:
        raise WorkerError("internal", f"another process has held the lock on uploads for {_WAIT_S} s")
    return lock


def _place(folder: Path, target: Path) -> None:
    """Move a finished upload to where it is found, unless its equal is there."""
    with _gate(target.parent):
        if _read(target):
            os.utime(target)
            return
        shutil.rmtree(target, ignore_errors=True)  # the rest of one that was being removed
        folder.rename(target)


def _read(target: Path) -> LocalFile | None:
    """Return a whole upload, None where there is none."""
    try:
        (video,) = (path for path in target.iterdir() if path.name != _DIGEST)
        return LocalFile(video, (target / _DIGEST).read_text())
    except (OSError, ValueError):
        return None


def _is_old(target: Path) -> bool:
    try:
        return target.stat().st_mtime < time.time() - KEPT_S
    except FileNotFoundError:  # another host has removed it
        return False


def _remove(target: Path) -> bool:
    with _gate(target.parent):
        if not _is_old(target):  # somebody has found it meanwhile
            return False
        shutil.rmtree(target, ignore_errors=True)
    return True


@contextmanager
def _writing(settings: Settings) -> Iterator[None]:
    """Have what the system refuses be told as a full disk, which it nearly always is."""
    try:
        yield
    except OSError as exc:
        log.error("nothing can be written to %s: %s", _uploads(settings.home), exc)  # noqa: TRY400 - in one line
        raise WorkerError("disk_full", f"the upload can't be kept ({exc.strerror}); try again later") from exc

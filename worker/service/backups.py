"""Backups of a whole installation: the database, and the uploads that wait for their jobs."""

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from db.backup.manifest import Manifest
from db.backup.reading import Backup
from db.backup.writing import BLOCK
from db.check import Finding
from db.errors import BadBackup
from worker.errors import UsageError, WorkerError
from worker.jobs.uploads import Upload, find_upload, list_uploads
from worker.progress import Progress
from worker.runtime import Runtime
from worker.service.supervisor import ALIVE_S


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: documents by collection, uploads, jobs queued and cancelled; what was `replaced` by it."""

    counts: Mapping[str, int]
    uploads: int
    queued: int
    cancelled: int
    replaced: Mapping[str, int]


def write_backup(runtime: Runtime, path: Path, progress: Progress) -> Manifest:
    """Write a backup to a file that is not there yet; raises UsageError, or WorkerError (disk_full)."""
    if str(path) == "-":
        raise UsageError("a backup is a file, which is complete or not there at all: name one in place of -")
    if path.exists():
        raise UsageError(f"{path} is there already: name another file, such as one with today's date")
    try:
        return runtime.store.backups.write(path, partial(_waiting_uploads, runtime), progress.stage("writing"))
    except FileNotFoundError as exc:
        raise UsageError(f"{path}: there is no such folder") from exc
    except OSError as exc:
        message = f"{path} can't be written ({exc.strerror}); nothing is left of it"
        full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (WorkerError("disk_full", message) if full else UsageError(f"{message}: name another file")) from exc


def restore_backup(runtime: Runtime, path: Path, progress: Progress, *, replace: bool) -> Restored:
    """Put a backup in place of what is stored and return what that came to.

    All of the file is read and compared before anything changes. Raises BadBackup, UsageError where something would be
    lost and `replace` doesn't say that it may, or where workers run.
    """
    store = runtime.store
    try:
        backup = Backup(path)
    except OSError as exc:
        raise UsageError(f"{path} can't be read: {exc.strerror}") from exc
    with backup:
        backup.verify(progress.stage("checking"))
        if workers := store.workers.alive(within_s=ALIVE_S):
            raise UsageError(f"{len(workers)} workers use this database: stop trailers up, worker and serve first")
        lost = store.backups.count()
        if lost and not replace:
            counts = ", ".join(f"{n:,} {name}" for name, n in lost.items())
            raise UsageError(f"the database at {store.where} has {counts}: --replace deletes them for the backup")
        place = partial(_place_upload, runtime, backup)
        jobs = store.backups.restore(backup, place, progress.stage("restoring"))
    return Restored(backup.manifest.counts, len(backup.manifest.uploads), **jobs, replaced=lost)


def check_database(runtime: Runtime) -> list[Finding]:
    """Return what is wrong with the database, and with the uploads that jobs wait with."""
    gone = [source for source in runtime.store.jobs.waiting_files(_folder(runtime)) if not Path(source).is_file()]
    findings = runtime.store.check.findings()
    if gone:
        what, advice = "jobs whose upload is gone", "upload it again, or cancel the job: trailers jobs cancel ID"
        findings.append(Finding(what, len(gone), Path(gone[0]).name, advice))
    return findings


def _folder(runtime: Runtime) -> str:
    return f"{runtime.settings.home / 'uploads'}/"


def _waiting_uploads(runtime: Runtime) -> Iterator[tuple[str, Path]]:
    """Yield the uploads that unfinished jobs need."""
    uploads = dict(list_uploads(runtime.settings.home))
    needed = runtime.store.jobs.unfinished_about(f"file:{upload_id}" for upload_id in uploads)
    return ((upload_id, video) for upload_id, video in uploads.items() if f"file:{upload_id}" in needed)


def _place_upload(runtime: Runtime, backup: Backup, upload_id: str, name: str) -> Path:
    """Put a video of a backup among the uploads, by the checks that uploads pass; return where it is."""
    with Upload(runtime.settings, name) as upload, backup.open_upload(upload_id) as source:
        while block := source.read(BLOCK):
            upload.write(block)
        if upload.finish() != upload_id:
            raise BadBackup(f"{backup.path}: the upload {upload_id} is another video: use another backup")
    return find_upload(runtime.settings.home, upload_id).path

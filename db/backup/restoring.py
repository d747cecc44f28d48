"""Restoring a backup in place: marked as unfinished from before the first change until all is there."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from db.access import Document, Documents
from db.backup.manifest import COLLECTIONS, OF_THE_DAY, Manifest
from db.backup.reading import Backup
from db.backup.writing import Report, Uploads, write_backup
from db.fields import now
from db.indexes import MARKER, bring_up_to_date
from db.queue.job_documents import CANCELLED
from db.queue.job_records import FINISHED
from db.queue.jobs import QUEUED_AGAIN
from db.verdicts import Verdicts

AT_ONCE = 1000
UNFINISHED: Document = {"stage": {"$nin": list(FINISHED)}}


class Backups(Documents, of="meta"):
    """Backups of the whole database."""

    def write(self, path: Path, list_uploads: Callable[[], Uploads], report: Report) -> Manifest:
        """Write a backup, which is at `path` once it is whole; return its manifest. Raises OSError."""
        return write_backup(self._access, path, list_uploads, report)

    def count(self) -> dict[str, int]:
        """Return the number of documents of each collection that has some; of a half restored one nothing counts."""
        if self._collection.find_one({**MARKER, "restoring": {"$exists": True}}):
            return {}
        counts = {name: self._access.collection(name).count_documents({}) for name in COLLECTIONS}
        return {name: n for name, n in counts.items() if n}

    def restore(self, backup: Backup, place: Callable[[str, str], Path], report: Report) -> Mapping[str, int]:
        """Put a verified backup in place of all that is stored; return how many jobs were queued and cancelled.

        `place` puts the upload of an id and name where this machine keeps them and returns its path. A restore that is
        cut off leaves a database that no program opens: restored again, it is whole.
        """
        manifest = backup.manifest
        self._access.require_room(sum(part.bytes for part in manifest.parts))
        restoring = {"file": backup.path.name, "since": now()}
        self._collection.update_one(MARKER, {"$set": {"restoring": restoring}}, upsert=True)
        for name in (*COLLECTIONS, *OF_THE_DAY):
            self._access.collection(name).drop()
        self._load(backup, report)
        paths = {upload_id: place(upload_id, name) for upload_id, name in manifest.uploads.items()}
        version = {"$set": {"schema_version": manifest.schema_version}, "$unset": {"indexes": ""}}
        self._collection.update_one(MARKER, version)
        bring_up_to_date(self._access)
        queued = self._queue_jobs(paths)
        Verdicts(self._access).update(it["_id"] for it in self._access.collection("trailers").find({}, {"_id": 1}))
        self._collection.update_one(MARKER, {"$unset": {"restoring": ""}})
        return queued

    def _load(self, backup: Backup, report: Report) -> None:
        total, n_done = sum(backup.manifest.counts.values()), 0
        for part in backup.manifest.parts:
            if part.collection is None:
                continue
            for chunk in _chunks(backup.documents(part)):
                self._access.collection(part.collection).insert_many(chunk, ordered=False)
            n_done += part.documents
            report(n_done, total)

    def _queue_jobs(self, paths: Mapping[str, Path]) -> dict[str, int]:
        """Queue what was unfinished from its beginning, uploads where they are now; end what was to be cancelled."""
        jobs = self._access.collection("jobs")
        for upload_id, path in paths.items():
            of_upload = {**UNFINISHED, "trailer_id": f"file:{upload_id}"}
            jobs.update_many(of_upload, {"$set": {"source": str(path), "origin": None}})
        cancelled = jobs.update_many({**UNFINISHED, "cancel": True}, [{"$set": CANCELLED}]).modified_count
        queued = jobs.update_many(UNFINISHED, [{"$set": QUEUED_AGAIN}]).modified_count
        return {"queued": queued, "cancelled": cancelled}


def _chunks(documents: Iterator[Document]) -> Iterator[list[Document]]:
    """Yield documents in numbers that one message to the server takes."""
    while chunk := list(islice(documents, AT_ONCE)):
        yield chunk

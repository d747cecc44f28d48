"""Writing a backup: every collection in order, then the uploads, at last the manifest; in bounded memory."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

from classifier.whole_file import whole_file
from db.access import SCHEMA_VERSION, Access
from db.backup.manifest import COLLECTIONS, FORMAT, MANIFEST, PART_BYTES, Manifest, Part
from db.fields import to_document

BLOCK = 2**20
FAST = 1  # zlib's level: most bytes are features, which hardly get smaller
Report = Callable[[int, int | None], None]
Uploads = Iterable[tuple[str, Path]]  # the id of each upload, and its video
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


def write_backup(access: Access, path: Path, list_uploads: Callable[[], Uploads], report: Report) -> Manifest:
    """Write a backup, which is at `path` once it is whole; return its manifest. Raises OSError and PyMongo's errors.

    The uploads are listed after the jobs are read: what a job in the backup needs is still there.
    """
    total = sum(access.collection(name).estimated_document_count() for name in COLLECTIONS)
    with whole_file(path) as part, ZipFile(part, "x") as archive:
        writer = _Writer(archive, report, total)
        counts = {name: writer.write_collection(access, name) for name in COLLECTIONS}
        uploads = {upload_id: writer.write_upload(upload_id, video) for upload_id, video in list_uploads()}
        manifest = Manifest(
            FORMAT,
            version("trailers"),
            SCHEMA_VERSION,
            access.database.name,
            datetime.now(UTC).isoformat(timespec="seconds"),
            {name: n for name, n in counts.items() if n},
            {upload_id: name for upload_id, name in uploads.items() if name is not None},
            tuple(writer.parts),
        )
        archive.writestr(MANIFEST, json.dumps(to_document(manifest)), ZIP_DEFLATED)
    return manifest


class _Writer:
    """Writes the parts of one archive and keeps their digests."""

    def __init__(self, archive: ZipFile, report: Report, total: int) -> None:
        self._archive, self._report, self._total, self._n_done = archive, report, total, 0
        self.parts: list[Part] = []

    def write_collection(self, access: Access, name: str) -> int:
        """Write the documents of a collection; return their number."""
        # In the order of the ids, so that what changes meanwhile is read once.
        collection: Collection[RawBSONDocument] = access.collection(name).with_options(codec_options=RAW)
        found = collection.find().sort("_id")
        n_before = self._n_done
        for number, documents in enumerate(_chunks(bytes(document.raw) for document in found)):
            self._write_part(f"documents/{name}/{number:06d}.bson", documents)
            self._n_done += len(documents)
            self._report(self._n_done, max(self._total, self._n_done))
        return self._n_done - n_before

    def write_upload(self, upload_id: str, video: Path) -> str | None:
        """Write an upload's video as it is, for it is compressed already; return its name, None if it is gone."""
        name, digest, size = f"uploads/{upload_id}", hashlib.sha256(), 0
        try:
            source = video.open("rb")
        except FileNotFoundError:  # its trailer was deleted just now
            return None
        with source, self._open(name, ZIP_STORED) as target:
            while block := source.read(BLOCK):
                digest.update(block)
                size += target.write(block)
        self.parts.append(Part(name, digest.hexdigest(), size))
        return video.name

    def _write_part(self, name: str, documents: list[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._open(name, ZIP_DEFLATED) as target:
            for document in documents:
                digest.update(document)
                size += target.write(document)
        self.parts.append(Part(name, digest.hexdigest(), size, len(documents)))

    def _open(self, name: str, compression: int) -> IO[bytes]:
        info = ZipInfo(name)
        info.compress_type, info._compresslevel = compression, FAST  # type: ignore[attr-defined]
        return self._archive.open(info, "w", force_zip64=True)


def _chunks(documents: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield documents together up to the size of a part."""
    chunk: list[bytes] = []
    size = 0
    for document in documents:
        chunk.append(document)
        size += len(document)
        if size >= PART_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk

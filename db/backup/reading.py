"""Reading a backup: its file is a stranger's until each part has the digest that the manifest names."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import bson
from bson.errors import BSONError

from db.access import SCHEMA_VERSION, Document
from db.backup.manifest import FORMAT, MANIFEST, MAX_MANIFEST_BYTES, Manifest, Part
from db.backup.writing import BLOCK, Report
from db.errors import BadBackup, Damaged
from db.fields import to_record


class Backup:
    """An open backup; use it in a `with`. All it does raises BadBackup for a file that isn't one, or a damaged one."""

    def __init__(self, path: Path) -> None:
        """Open a file and read its manifest; raises FileNotFoundError, too."""
        self.path = path
        with self._errors(path):
            self._archive = ZipFile(path)
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._archive.close()

    def verify(self, report: Report) -> None:
        """Read all parts and compare their digests; of documents also whether they are such, with an id each."""
        self.manifest.check_names()
        total, n_done = sum(part.bytes for part in self.manifest.parts), 0
        for part in self.manifest.parts:
            if part.collection is None:
                self._verify_upload(part)
            elif sum(1 for _ in self.documents(part)) != part.documents:
                raise BadBackup(f"{self.path}: {part.name} has another number of documents: use another backup")
            n_done += part.bytes
            report(n_done, total)

    def documents(self, part: Part) -> Iterator[Document]:
        """Yield the documents of a part that has the right digest."""
        with self._errors(self.path):
            with self._open(part.name) as source:
                data = source.read(part.bytes + 1)
            self._compare(part, hashlib.sha256(data).hexdigest())
            documents: list[Document] = bson.decode_all(data, bson.CodecOptions(tz_aware=True))
        for document in documents:
            if "_id" not in document:
                raise BadBackup(f"{self.path}: a document of {part.name} has no _id: use another backup")
            yield document

    @contextmanager
    def open_upload(self, upload_id: str) -> Iterator[IO[bytes]]:
        """Give the bytes of an upload to read."""
        with self._errors(self.path), self._open(f"uploads/{upload_id}") as source:
            yield source

    def _verify_upload(self, part: Part) -> None:
        digest, left = hashlib.sha256(), part.bytes + 1
        with self._errors(self.path), self._open(part.name) as source:
            while left > 0 and (block := source.read(min(BLOCK, left))):
                digest.update(block)
                left -= len(block)
        self._compare(part, digest.hexdigest())

    def _compare(self, part: Part, digest: str) -> None:
        if digest != part.sha256:
            raise BadBackup(f"{self.path}: {part.name} is not what was written: the file is damaged, use another")

    def _read_manifest(self) -> Manifest:
        with self._errors(self.path):
            with self._open(MANIFEST) as source:
                text = source.read(MAX_MANIFEST_BYTES)
            document = json.loads(text)
            if not isinstance(document, dict):
                raise BadBackup(f"{self.path} is not a backup of Trailers")
            form, version = document.get("format", 0), document.get("schema_version", 0)
            if form > FORMAT or version > SCHEMA_VERSION:
                raise BadBackup(
                    f"{self.path} is of Trailers {str(document.get('program'))[:40]!r}, its data of version "
                    f"{version}, this program reads up to {SCHEMA_VERSION}: update Trailers, then restore it"
                )
            if form < 1 or version < 1:
                raise BadBackup(f"{self.path} is not a backup of Trailers")
            return to_record(Manifest, document)

    def _open(self, name: str) -> IO[bytes]:
        """Open a part for reading, if it is compressed as a backup's are."""
        if self._archive.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadBackup(f"{self.path}: {name[:80]} is compressed as no backup is: use another file")
        return self._archive.open(name)

    @contextmanager
    def _errors(self, path: Path) -> Iterator[None]:
        try:
            yield
        except (BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError, RuntimeError) as exc:
            raise BadBackup(f"{path} is not a whole backup of Trailers ({str(exc)[:80]}): use another file") from exc
        except (BSONError, Damaged, ValueError, TypeError) as exc:
            raise BadBackup(f"{path} has parts that are not what was written: use another backup") from exc

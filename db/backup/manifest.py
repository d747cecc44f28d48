"""The manifest of a backup: what its file holds, in which version, each part with its digest.

A backup is a ZIP file of parts: `documents/<collection>/<number>.bson` are documents one after another, at most 8 MiB
or one document, `uploads/<id>` are videos that wait for their jobs, `manifest.json` names them all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from db.errors import BadBackup

FORMAT = 1
MANIFEST = "manifest.json"
PART_BYTES = 8 * 2**20
MAX_PART_BYTES = PART_BYTES + 16 * 2**20  # one document more, of MongoDB's largest
MAX_MANIFEST_BYTES = 64 * 2**20
# What names others comes before what it names: read while the service works, a job that is done has its prediction,
# a prediction its features, and features their trailer.
COLLECTIONS = (
    *("batches", "batch_rows", "requests", "jobs", "predictions", "features", "filmstrips", "stills", "reviews"),
    *("poster_features", "maps", "trailers", "posters", "placements", "taxonomies", "trials"),
    *("measurements", "model_changes", "models", "fs.files", "fs.chunks"),
)
OF_THE_DAY = ("workers", "throttle")  # signs of life, and pauses of sites: not in a backup
_NAME = re.compile(r"documents/([a-z_.]+)/\d{6}\.bson|uploads/[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a backup: its name, the sha256 and number of its bytes, and its number of documents."""

    name: str
    sha256: str
    bytes: int
    documents: int = 0

    @property
    def collection(self) -> str | None:
        """The collection whose documents it has, None for an upload."""
        match = _NAME.fullmatch(self.name)
        return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `schema_version` of its data, `program` that wrote it, `uploads` file names by their ids."""

    format: int
    program: str
    schema_version: int
    database: str
    created_at: str
    counts: Mapping[str, int]
    uploads: Mapping[str, str]
    parts: tuple[Part, ...]

    def check_names(self) -> None:
        """Raise BadBackup for parts that this program doesn't know, or that are too large to be read."""
        names = set()
        for part in self.parts:
            known = _NAME.fullmatch(part.name) and (part.collection is None or part.collection in COLLECTIONS)
            too_large = part.collection is not None and part.bytes > MAX_PART_BYTES
            if not known or too_large or part.name in names:
                raise BadBackup(f"the backup has a part {part.name[:80]!r} that no backup has: use another file")
            names.add(part.name)
        if {name.removeprefix("uploads/") for name in names if name.startswith("uploads/")} != set(self.uploads):
            raise BadBackup("the backup's uploads are not those that its manifest names: use another file")

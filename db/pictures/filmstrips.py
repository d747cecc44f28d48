"""The collection `filmstrips`: one picture of small frames for each trailer, for people."""

from datetime import datetime

from db.access import SCHEMA_VERSION, Documents
from db.fields import now, to_document, to_record
from extractor.video.filmstrip import Filmstrip


class Filmstrips(Documents, of="filmstrips"):
    """Filmstrips by trailer_id."""

    def save(self, trailer_id: str, filmstrip: Filmstrip) -> None:
        """Write one whole document, replacing an older one."""
        document = {
            "_id": trailer_id,
            "schema_version": SCHEMA_VERSION,
            **to_document(filmstrip),
            "created_at": now(),
        }
        self._access.require_room(len(filmstrip.jpeg))
        self._collection.replace_one({"_id": trailer_id}, document, upsert=True)

    def load(self, trailer_id: str) -> Filmstrip | None:
        """Return the filmstrip of a trailer, None if there is none."""
        document = self._collection.find_one({"_id": trailer_id})
        return to_record(Filmstrip, document) if document else None

    def written_at(self, trailer_id: str) -> datetime | None:
        """Return when a trailer's filmstrip was written, None if there is none."""
        document = self._collection.find_one({"_id": trailer_id}, {"created_at": 1})
        return document["created_at"] if document else None

    def cover(self, trailer_id: str) -> bytes | None:
        """Return a trailer's cover, a JPEG, None if there is none."""
        document = self._collection.find_one({"_id": trailer_id}, {"cover": 1})
        return bytes(document["cover"]) if document else None

"""The collection `trailers`: what is known of each trailer."""

import builtins
from collections.abc import Mapping

from pymongo import DESCENDING

from db.access import Access, Document
from db.documents import now, to_trailer, trailer_fields
from db.records import Trailer


class Trailers:
    """Trailers by `trailer_id`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept = access.collection("trailers")

    def save(self, trailer: Trailer) -> None:
        """Write source and video; labels, plot and poster stay as they are."""
        time = now()
        change: Mapping[str, Document] = {
            "$set": {**trailer_fields(trailer), "updated_at": time},
            "$setOnInsert": {"created_at": time},
        }
        with self._access.errors():
            self._kept.update_one({"_id": trailer.trailer_id}, change, upsert=True)

    def get(self, trailer_id: str) -> Trailer | None:
        """Return the trailer, None if it isn't known."""
        with self._access.errors():
            document = self._kept.find_one({"_id": trailer_id})
        return to_trailer(document) if document else None

    def list(self, limit: int = 50) -> builtins.list[Trailer]:
        """Return at most `limit` trailers, the last changed one first."""
        with self._access.errors():
            documents = self._kept.find().sort("updated_at", DESCENDING).limit(limit).to_list()
        return [to_trailer(document) for document in documents]

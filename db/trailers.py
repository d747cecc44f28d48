"""The collection `trailers`: what is known of each trailer."""

import builtins
from collections.abc import Mapping

from pymongo import DESCENDING

from db.access import Access, Document
from db.documents import now, to_trailer, trailer_fields
from db.job_documents import given_document
from db.job_records import Given
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

    def give(self, trailer_id: str, given: Given) -> None:
        """Add what somebody knows of a trailer: genres, plot, poster; what isn't given stays as it was.

        A trailer that isn't there is left alone: it has no features.
        """
        told = given_document(given)
        labels = {"genres": given.genres, "source": given.label_source, "imdb_id": given.imdb_id}
        poster = {"sha256": given.poster_sha256, "file": told.get("poster")}
        known: Document = {
            "labels": {name: value for name, value in labels.items() if value},
            "plot": told.get("plot"),
            "poster": poster if given.poster_sha256 else None,
        }
        change = {name: value for name, value in known.items() if value}
        if change:
            with self._access.errors():
                self._kept.update_one({"_id": trailer_id}, {"$set": {**change, "updated_at": now()}})

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

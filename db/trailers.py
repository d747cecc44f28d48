"""The collection `trailers`: what is known of each trailer."""

import builtins
from collections.abc import Iterable, Mapping

from pymongo import DESCENDING, UpdateOne

from db.access import Access, Document
from db.documents import now, to_trailer, trailer_fields
from db.labels import Labels
from db.queue.job_documents import inputs_document
from db.queue.job_records import Inputs
from db.records import StoredInputs, Trailer
from db.words import find_words


class Trailers:
    """Trailers by `trailer_id`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._collection = access.collection("trailers")
        self._labels = Labels(access)

    def save(self, trailer: Trailer) -> None:
        """Write source and video; labels, plot and poster stay as they are."""
        time = now()
        change: Mapping[str, Document] = {
            "$set": {**trailer_fields(trailer), "updated_at": time},
            "$setOnInsert": {"created_at": time},
        }
        with self._access.errors():
            self._collection.update_one({"_id": trailer.trailer_id}, change, upsert=True)

    def give(self, trailer_id: str, given: Inputs) -> None:
        """Add what somebody knows of a trailer: genres, plot, poster; what isn't given stays as it was.

        A trailer that isn't there is left alone: it has no features.
        """
        self.give_all([(trailer_id, given)])

    def give_all(self, known: Iterable[tuple[str, Inputs]]) -> None:
        """Add what somebody knows of several trailers, by trailer_id; a review's genres stay."""
        told = list(known)
        writes = [
            UpdateOne({"_id": trailer_id}, {"$set": {**change, "updated_at": now()}})
            for trailer_id, given in told
            if (change := _film_fields(given))
        ]
        if writes:
            with self._access.errors():
                self._collection.bulk_write(writes, ordered=True)
        self._labels.write((trailer_id, _label_fields(given)) for trailer_id, given in told)

    def get(self, trailer_id: str) -> Trailer | None:
        """Return the trailer, None if it isn't known."""
        with self._access.errors():
            document = self._collection.find_one({"_id": trailer_id})
        return to_trailer(document) if document else None

    def of(self, trailer_ids: Iterable[str]) -> dict[str, Trailer]:
        """Return these trailers by their ids, in one query."""
        with self._access.errors():
            found = self._collection.find({"_id": {"$in": builtins.list(trailer_ids)}}).to_list()
        return {document["_id"]: to_trailer(document) for document in found}

    def told(self, trailer_ids: Iterable[str]) -> dict[str, StoredInputs]:
        """Return what the documents of these trailers tell of their films, in one query; of those that are there."""
        fields = {"plot": 1, "poster.sha256": 1, "source.description": 1}
        with self._access.errors():
            found = self._collection.find({"_id": {"$in": builtins.list(trailer_ids)}}, fields).to_list()
        return {document["_id"]: _to_told(document) for document in found}

    def list(self, limit: int = 50) -> builtins.list[Trailer]:
        """Return at most `limit` trailers, the last changed one first."""
        with self._access.errors():
            documents = self._collection.find().sort("updated_at", DESCENDING).limit(limit).to_list()
        return [to_trailer(document) for document in documents]


def _to_told(document: Document) -> StoredInputs:
    return StoredInputs(
        plot=document.get("plot"),
        poster_sha256=(document.get("poster") or {}).get("sha256"),
        description=(document.get("source") or {}).get("description"),
    )


def _label_fields(given: Inputs) -> Document:
    """Return the labels that somebody's knowledge sets."""
    told = inputs_document(given)
    names = {"genres": "genres", "source": "label_source", "imdb_id": "imdb_id", "split": "split"}
    return {name: told[of] for name, of in names.items() if of in told}


def _film_fields(given: Inputs) -> Document:
    """Return the plot and poster that somebody's knowledge sets."""
    told = inputs_document(given)
    known: Document = {
        "plot": told.get("plot"),
        "words.plot": find_words(told.get("plot")),
        "poster": {"sha256": given.poster_sha256, "file": told.get("poster")} if given.poster_sha256 else None,
    }
    return {name: value for name, value in known.items() if value}

"""The library: the collection `trailers`, searched by genre, score, time and words, a page at a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pymongo import ASCENDING, DESCENDING

from db.access import Document, Documents
from db.facets import STEPS, to_facets
from db.fields import to_record
from db.library_records import NO_TAGS, Facets, LibraryPage, LibraryQuery, LibraryTrailer, Order, Place, ScoredTrailer
from db.words import begins_with, find_search_words

CHUNK = 500
COUNTED = 10_000
LISTED = {"words": 0, "source.description": 0, "speech": 0, "sound": 0, "layers.earlier": 0}
ORDERS: Mapping[Order, str] = {
    "newest": "created_at",
    "changed": "updated_at",
    "disagreement": "verdict.disagreement",
    "title": "order.title",
    "year": "order.year",
}


class Library(Documents, of="trailers"):
    """Trailers as people search them."""

    def get(self, trailer_id: str) -> LibraryTrailer | None:
        """Return a trailer with all that is known about it, None if it is not stored."""
        document = self._collection.find_one({"_id": trailer_id}, {"words": 0, "sound.vector": 0})
        return _to_library(document) if document else None

    def get_all(self, trailer_ids: Iterable[str]) -> dict[str, LibraryTrailer]:
        """Return these trailers by their ids, in one query."""
        found = self._collection.find({"_id": {"$in": list(trailer_ids)}}, LISTED).to_list()
        return {document["_id"]: _to_library(document) for document in found}

    def find(self, wanted: LibraryQuery, *, limit: int, after: Place | None = None) -> LibraryPage:
        """Return at most `limit` matching trailers in order, titles ascending, all else descending, after a place."""
        field, direction = _field(wanted), ASCENDING if wanted.order == "title" else DESCENDING
        query = {"$and": [to_filter(wanted), _after(field, direction, after)]} if after else to_filter(wanted)
        found = self._collection.find(query, LISTED).sort([(field, direction), ("_id", direction)])
        documents = found.limit(limit + 1).to_list()
        page = [_to_library(document) for document in documents[:limit]]
        last = documents[limit - 1] if len(documents) > limit else None
        return LibraryPage(tuple(page), Place(_value(last, field), last["_id"]) if last else None)

    def iterate_scored(self) -> Iterator[ScoredTrailer]:
        """Yield tags and scores of all trailers, in the order of their ids."""
        fields = {"labels": 1, "verdict.scores": 1, "film_id": 1, "reviewed_at": 1}
        for found in self._collection.find({}, fields).sort("_id").batch_size(CHUNK):
            scores = (found.get("verdict") or {}).get("scores", {})
            yield to_record(ScoredTrailer, {"labels": {}, **found}, trailer_id=found["_id"], scores=scores)

    def count(self, wanted: LibraryQuery) -> int:
        """Count the matching trailers, up to 10,000."""
        if query := to_filter(wanted):
            return self._collection.count_documents(query, limit=COUNTED)
        return self._collection.estimated_document_count()

    def facets(self, wanted: LibraryQuery) -> Facets:
        """Count the matching trailers by what they are."""
        return to_facets(self._collection.aggregate([{"$match": to_filter(wanted)}, *STEPS]).to_list())

    def has_tag(self, tag: str) -> bool:
        """Tell whether any trailer has this tag, as it is written."""
        return self._collection.find_one({"labels.genres": tag}, {"_id": 1}) is not None


def _field(wanted: LibraryQuery) -> str:
    if wanted.order != "score":
        return ORDERS[wanted.order]
    if not wanted.genres:
        raise ValueError("the order by score needs a genre")
    return f"verdict.scores.{wanted.genres[0]}"


def to_filter(wanted: LibraryQuery) -> Document:
    """Return the query as a MongoDB filter."""
    parts: list[Document] = [*_genres(wanted)]
    if wanted.order == "disagreement":
        parts.append({"verdict.disagreement": {"$gte": 0}})  # those with a verdict
    if stored := _bounds(wanted.since, wanted.until):
        parts.append({"created_at": stored})
    if wanted.changed_since is not None:
        parts.append({"updated_at": {"$gte": wanted.changed_since}})
    if wanted.disputed is not None:
        parts.append({"verdict.disagreement": {"$gt": 0} if wanted.disputed else 0})
    if wanted.reviewed is not None:
        parts.append({"reviewed_at": {"$ne": None} if wanted.reviewed else None})
    named = {"external_ids": wanted.external_id, "film_id": wanted.film_id, "verdict.model_id": wanted.model_id}
    parts += [{name: value} for name, value in named.items() if value is not None]
    parts += _tags(wanted)
    if years := _bounds(*wanted.years):
        parts.append({"year": years})
    if lengths := _bounds(*wanted.lengths, high="$lt"):
        parts.append({"video.duration_s": lengths})
    if wanted.trailer_ids is not None:
        parts.append({"_id": {"$in": list(wanted.trailer_ids)}})
    if wanted.area is not None:
        parts.append({"place": {"$geoWithin": {"$polygon": [list(corner) for corner in wanted.area]}}})
    parts += _words(wanted.text or "")
    return {"$and": parts} if parts else {}


def _words(text: str) -> list[Document]:
    words = find_search_words(text)
    if text.strip() and not words:
        return [{"_id": {"$in": []}}]  # nothing but punctuation: no trailer matches
    lists = ("words.title", "words.plot", "words.identity")
    return [{"$or": [{name: begins_with(word)} for name in lists]} for word in words]


def _genres(wanted: LibraryQuery) -> list[Document]:
    band = _bounds(wanted.min_score, wanted.max_score)
    if not band:
        return [{"verdict.passed": {"$all": list(wanted.genres)}}] if wanted.genres else []
    return [{f"verdict.scores.{genre}": band} for genre in wanted.genres]


def _tags(wanted: LibraryQuery) -> list[Document]:
    parts: list[Document] = [{"labels.genres": {"$all": list(wanted.tags)}}] if wanted.tags else []
    parts += [{"verdict.disputed": genre, "verdict.passed": genre} for genre in wanted.missing]
    parts += [{"verdict.disputed": genre, "verdict.passed": {"$ne": genre}} for genre in wanted.extra]
    if wanted.tag_source is not None:
        parts.append({"labels.source": None if wanted.tag_source == NO_TAGS else wanted.tag_source})
    return parts


def _bounds(least: Any, most: Any, *, high: str = "$lte") -> Document:
    return {name: value for name, value in (("$gte", least), (high, most)) if value is not None}


def _after(field: str, direction: int, place: Place) -> Document:
    past = "$gt" if direction == ASCENDING else "$lt"
    return {"$or": [{field: {past: place.value}}, {field: place.value, "_id": {past: place.trailer_id}}]}


def _value(document: Document, field: str) -> Any:
    found: Any = document
    for name in field.split(".", 2):  # genres' names have no dots
        found = found[name]
    return found


def _to_library(document: Document) -> LibraryTrailer:
    poster_sha256 = (document.get("poster") or {}).get("sha256")
    return to_record(LibraryTrailer, document, trailer_id=document["_id"], poster_sha256=poster_sha256)

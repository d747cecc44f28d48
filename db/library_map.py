"""The map of the library: one document in `maps` about the whole, and a `place` in each document of `trailers`.

Whoever draws it has claimed it for a while, so that one draws at a time, and another after one that was killed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pymongo import UpdateOne

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import to_record
from db.identity import shown_title
from db.library import to_filter
from db.library_records import LibraryQuery
from db.queue.job_documents import after_s
from db.records import Source

WHOLE = "library"  # the _id of the one document
CHUNK = 1_000
SOURCE = ("url", "site", "video_id", "title")  # a title is told from
PLACED: Document = {"place": {"$exists": True}}
SHOWN = dict.fromkeys(("place", "verdict.passed", "title", *(f"source.{name}" for name in SOURCE)), 1)

Place = tuple[float, float]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """The map as it was drawn last: of which features, of how many trailers, and when they were read."""

    features_id: str
    n: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A trailer on the map; `place` is from 0 to 1 in both directions, `genres` are those of its verdict."""

    trailer_id: str
    place: Place
    genres: tuple[str, ...]
    title: str


class LibraryMap(Documents, of="maps"):
    """The map of the library."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._trailers = access.collection("trailers")

    def find(self) -> DrawnMap | None:
        """Return the map, None while none has been drawn."""
        document = self._collection.find_one({"_id": WHOLE})
        return to_record(DrawnMap, document) if document and "made_at" in document else None

    def is_being_drawn(self) -> bool:
        """Tell whether somebody's claim to draw it is in force."""
        claimed = {"_id": WHOLE, "$expr": {"$gt": ["$drawing.until", "$$NOW"]}}
        return self._collection.find_one(claimed, {"_id": 1}) is not None

    def claim(self, token: str, *, for_s: float) -> bool:
        """Claim to draw the map for so many seconds, or for longer where it is ours; False while it is another's."""
        ours_or_free = {"$or": [{"drawing.token": token}, {"$expr": {"$not": {"$gt": ["$drawing.until", "$$NOW"]}}}]}
        drawing = {"token": {"$literal": token}, "until": after_s(for_s)}
        self._collection.update_one({"_id": WHOLE}, {"$setOnInsert": {"schema_version": SCHEMA_VERSION}}, upsert=True)
        claimed = self._collection.update_one({"_id": WHOLE, **ours_or_free}, [{"$set": {"drawing": drawing}}])
        return bool(claimed.matched_count)

    def put(self, token: str, drawn: DrawnMap, places: Mapping[str, Place]) -> bool:
        """Give trailers their places and all others none, and end the claim; False, and no more, once it is lost."""
        for chunk in _chunks(places.items()):
            if not self._holds(token):
                return False
            self._place(chunk)
        placed = self._trailers.find(PLACED, {"_id": 1})
        for names in _chunks(each["_id"] for each in placed if each["_id"] not in places):
            self._trailers.update_many({"_id": {"$in": names}}, {"$unset": {"place": ""}})
        told = {"features_id": drawn.features_id, "n": drawn.n, "made_at": drawn.made_at}
        ended: Mapping[str, Any] = {"$set": told, "$unset": {"drawing": ""}}
        return bool(self._collection.update_one({"_id": WHOLE, "drawing.token": token}, ended).modified_count)

    def release(self, token: str) -> None:
        """End a claim without a map."""
        self._collection.update_one({"_id": WHOLE, "drawing.token": token}, {"$unset": {"drawing": ""}})

    def points(self, wanted: LibraryQuery, *, limit: int) -> tuple[int, list[MapPoint]]:
        """Return how many matching trailers are on the map, and those, or `limit` of them at even distances.

        They come in the order of their ids, so that the same ones are chosen each time.
        """
        query = {"$and": [PLACED, to_filter(wanted)]}
        found = self._trailers.find(query, SHOWN).sort("_id").limit(limit + 1).to_list()
        if len(found) <= limit:
            return len(found), [_to_point(document) for document in found]
        names = [each["_id"] for each in self._trailers.find(query, {"_id": 1}).sort("_id")]
        chosen = {"_id": {"$in": [names[place * len(names) // limit] for place in range(limit)]}, **PLACED}
        return len(names), [_to_point(document) for document in self._trailers.find(chosen, SHOWN).sort("_id")]

    def _holds(self, token: str) -> bool:
        return self._collection.find_one({"_id": WHOLE, "drawing.token": token}, {"_id": 1}) is not None

    def _place(self, places: Iterable[tuple[str, Place]]) -> None:
        changes = [UpdateOne({"_id": name}, {"$set": {"place": list(place)}}) for name, place in places]
        self._trailers.bulk_write(changes, ordered=False)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _to_point(document: Document) -> MapPoint:
    title = shown_title(document.get("title"), to_record(Source, document["source"])) or document["_id"]
    genres = (document.get("verdict") or {}).get("passed", ())
    x, y = document["place"]
    return MapPoint(document["_id"], (x, y), tuple(genres), title)

"""The queue of reviews: which trailers a person reviews next.

A trailer's `assigned` are the people who are asked to review it, `skipped` those who have put it off; a review takes
its reviewer off both, in the write that makes it a layer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain, islice
from typing import Literal

from pymongo import ASCENDING, DESCENDING

from classifier.usefulness import find_most_useful, usefulness, weigh_genres
from db.access import Access, Document, Documents
from db.fields import now, to_document
from db.library import to_filter
from db.library_records import LibraryQuery, Place

QueueOrder = Literal["disputed", "learning"]
LONGEST = 2_000  # trailers of each part of a queue that are ordered and listed; the rest waits for these to be done
ASSIGNED = 2.0  # more than any value, so that what is assigned comes first
HAS_VERDICT: Document = {"verdict.disagreement": {"$gte": 0}}
ASSIGNED_TO_NONE: Document = {"assigned.to": {"$exists": False}}  # which an index answers
ORDERS: Mapping[QueueOrder, list[tuple[str, int]]] = {
    "disputed": [("verdict.disagreement", DESCENDING), ("_id", DESCENDING)],
    "learning": [("verdict.uncertainty", DESCENDING), ("_id", DESCENDING)],
}
READ = {"assigned": 1, "skipped": 1, "film_id": 1, "franchise": 1, "verdict.disagreement": 1, "verdict.closeness": 1}


@dataclass(frozen=True, slots=True)
class QueuedTrailer:
    """A trailer in a reviewer's queue.

    `value`, from 0 to 1, is how disputed it is or how much its review would teach, and `genre` about what most.
    """

    trailer_id: str
    value: float
    genre: str | None
    is_assigned: bool
    skipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of a queue, and the place where the next one begins, None on the last."""

    trailers: tuple[QueuedTrailer, ...]
    next: Place | None


class ReviewQueue(Documents, of="trailers"):
    """What each reviewer reviews next: what is assigned to them, then what is nobody's, then what they have skipped.

    What is assigned to others alone is left to them. The order `disputed` begins with the largest disagreement of tags
    and verdict, `learning`, of those of whose genres the model is least sure, with what would teach it most, never two
    trailers of a film or franchise in a row while others wait.
    """

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._reviews = access.collection("reviews")

    def find(self, reviewer: str, order: QueueOrder, *, limit: int, after: Place | None = None) -> QueuePage:
        """Return at most `limit` trailers of a queue as it is now, those after a place."""
        weights = weigh_genres(self._count_tags()) if order == "learning" else None
        n_read = limit + 1 if weights is None and after is None else LONGEST
        mine, nobodys, skipped = (
            [_Entry(document, reviewer, weights) for document in self._read(group, order, n_read)]
            for group in _groups(reviewer)
        )
        skipped.sort(key=lambda entry: -entry.rank)
        waiting: Iterable[_Entry] = chain(mine, nobodys)
        if weights is not None:
            waiting = _spread((_by_value(mine), _by_value(nobodys)), self._last_films(reviewer, skipped))
        found = list(islice(_continue(chain(waiting, skipped), after), limit + 1))
        page = tuple(entry.to_queued() for entry in found[:limit])
        last = found[limit - 1] if len(found) > limit else None
        return QueuePage(page, Place(last.rank, last.trailer_id) if last else None)

    def count_assigned(self, reviewer: str) -> int:
        """Count the trailers that are assigned to a reviewer."""
        return self._collection.count_documents({"assigned.to": reviewer})

    def skip(self, trailer_id: str, *, reviewer: str) -> datetime | None:
        """Put a trailer at the end of a reviewer's queue; return the time, None where it is not stored."""
        time, name = now(), {"$literal": to_document(reviewer)}
        others = {"$filter": {"input": {"$ifNull": ["$skipped", []]}, "cond": {"$ne": ["$$this.by", name]}}}
        skipped = {"$concatArrays": [others, [{"by": name, "at": time}]]}
        done = self._collection.update_one({"_id": trailer_id}, [{"$set": {"skipped": skipped}}])
        return time if done.matched_count else None

    def assign(
        self, wanted: LibraryQuery, *, to: str, by: str, limit: int | None = None, second_opinion: bool = False
    ) -> int:
        """Ask somebody to review matching trailers, those first that are not reviewed yet, the most disputed first.

        These are trailers that wait and are nobody's; as a `second_opinion`, those that others have reviewed or are
        asked to review, but not yet this person. Returns how many are newly assigned.
        """
        free = self._others(to) if second_opinion else _nobodys()
        query = {"$and": [to_filter(wanted), HAS_VERDICT, free, {"assigned.to": {"$ne": to}}]}
        order = [("reviewed_at", ASCENDING), *ORDERS["disputed"]]
        found = [each["_id"] for each in self._collection.find(query, {"_id": 1}).sort(order).limit(limit or 0)]
        assigned = {"to": to_document(to), "by": to_document(by), "at": now()}
        done = self._collection.update_many({**query, "_id": {"$in": found}}, {"$push": {"assigned": assigned}})
        return done.modified_count

    def clear(self, wanted: LibraryQuery, *, to: str | None = None) -> int:
        """Take back what was assigned of matching trailers, to one person or to all; return of how many."""
        given: Document = {"assigned.to": to} if to is not None else {"assigned.to": {"$exists": True}}
        pulled: Document = {"to": to} if to is not None else {}
        done = self._collection.update_many({"$and": [to_filter(wanted), given]}, {"$pull": {"assigned": pulled}})
        return done.modified_count

    def _read(self, group: Document, order: QueueOrder, limit: int) -> list[Document]:
        return self._collection.find({**HAS_VERDICT, **group}, READ).sort(ORDERS[order]).limit(limit).to_list()

    def _count_tags(self) -> dict[str, int]:
        """Return how many trailers have each genre among their tags in effect."""
        genres: list[Document] = [{"$unwind": "$labels.genres"}, {"$sortByCount": "$labels.genres"}]
        return {each["_id"]: each["count"] for each in self._collection.aggregate(genres)}

    def _last_films(self, reviewer: str, skipped: Sequence["_Entry"]) -> frozenset[str]:
        """Return the film and franchise of the trailer that the reviewer has reviewed or skipped last."""
        review = self._reviews.find_one({"reviewer": reviewer, "undoes": None}, sort=[("created_at", DESCENDING)])
        last = skipped[-1] if skipped else None
        if review is None or (last and last.skipped_at and last.skipped_at > review["created_at"]):
            return last.films if last else frozenset()
        return _films(self._collection.find_one({"_id": review["trailer_id"]}, READ) or {})

    def _others(self, reviewer: str) -> Document:
        """Return the filter for trailers that others have reviewed or are asked to review, and this person has not."""
        undone = self._reviews.distinct("undoes", {"undoes": {"$ne": None}})
        of_theirs = {"reviewer": reviewer, "undoes": None, "_id": {"$nin": undone}}
        seen = self._reviews.distinct("trailer_id", of_theirs)
        others = [{"reviewed_at": {"$ne": None}}, {"assigned.to": {"$exists": True}}]
        return {"_id": {"$nin": seen}, "$or": others}


class _Entry:
    """A trailer's document in the queue of a reviewer; with the weights of genres, in the order for learning."""

    def __init__(self, document: Document, reviewer: str, weights: Mapping[str, float] | None) -> None:
        self._document, self._reviewer, self._weights = document, reviewer, weights
        verdict = document["verdict"]
        self.value = verdict["disagreement"] if weights is None else usefulness(verdict["closeness"], weights)

    @property
    def trailer_id(self) -> str:
        return str(self._document["_id"])

    @property
    def is_assigned(self) -> bool:
        return any(each["to"] == self._reviewer for each in self._document.get("assigned", ()))

    @property
    def skipped_at(self) -> datetime | None:
        return next((each["at"] for each in self._document.get("skipped", ()) if each["by"] == self._reviewer), None)

    @property
    def rank(self) -> float:
        """A number that falls along the queue: assigned ones, those that are nobody's, those skipped longest ago."""
        if self.skipped_at:
            return -self.skipped_at.timestamp()
        return self.value + ASSIGNED if self.is_assigned else self.value

    @cached_property
    def films(self) -> frozenset[str]:
        return _films(self._document)

    def to_queued(self) -> QueuedTrailer:
        """Return it as the others of this program see it."""
        nearest = self._document["verdict"]["closeness"]
        genre = find_most_useful(nearest, self._weights) if self._weights is not None else None
        return QueuedTrailer(self.trailer_id, self.value, genre, self.is_assigned, self.skipped_at)


def done_by(reviewer: str) -> Document:
    """Return what a review takes off a trailer: its reviewer has done what was asked, and has not put it off."""
    return {"assigned": {"to": reviewer}, "skipped": {"by": reviewer}}


def _nobodys() -> Document:
    return {"reviewed_at": None, **ASSIGNED_TO_NONE}


def _groups(reviewer: str) -> tuple[Document, Document, Document]:
    """Return the filters of the parts of a queue: assigned, nobody's, skipped."""
    mine, not_skipped = {"assigned.to": reviewer}, {"skipped.by": {"$ne": reviewer}}
    skipped = {"skipped.by": reviewer, "$or": [mine, _nobodys()]}
    return {**mine, **not_skipped}, {**_nobodys(), **not_skipped}, skipped


def _by_value(entries: Iterable[_Entry]) -> list[_Entry]:
    return sorted(entries, key=lambda entry: -entry.value)


def _films(document: Document) -> frozenset[str]:
    return frozenset(f"{name} {document[name]}" for name in ("film_id", "franchise") if document.get(name))


def _spread(groups: Iterable[Sequence[_Entry]], last: frozenset[str]) -> Iterator[_Entry]:
    """Yield one group after the other, never a trailer of the last one's film or franchise while others of its wait."""
    for group in groups:
        waiting = list(group)
        while waiting:
            place = next((place for place, entry in enumerate(waiting) if not entry.films & last), 0)
            entry = waiting.pop(place)
            last = entry.films
            yield entry


def _continue(queue: Iterable[_Entry], after: Place | None) -> Iterable[_Entry]:
    """Return what comes after a place; where its trailer has left the queue meanwhile, what ranks no higher."""
    if after is None:
        return queue
    entries = list(queue)
    places = (place for place, entry in enumerate(entries, start=1) if entry.trailer_id == after.trailer_id)
    if place := next(places, 0):
        return entries[place:]
    return [entry for entry in entries if isinstance(after.value, float) and entry.rank <= after.value]

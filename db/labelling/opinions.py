"""Opinions: what each reviewer says of a trailer's genres, by their last review that isn't undone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter

from pymongo import ASCENDING, DESCENDING

from db.access import Document, Documents
from db.labelling.review_documents import to_review
from db.library_records import Review

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer says: yes or no to each genre that they decided on or left as it was, and why."""

    reviewer: str
    review_id: str
    created_at: datetime
    says: Mapping[str, bool]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrailerOpinions:
    """The opinions about a trailer, by the names of the reviewers."""

    trailer_id: str
    opinions: tuple[Opinion, ...] = ()

    @property
    def votes(self) -> dict[str, dict[str, bool]]:
        """What each reviewer says of each genre, by genre."""
        genres = sorted({genre for opinion in self.opinions for genre in opinion.says})
        return {
            genre: {each.reviewer: each.says[genre] for each in self.opinions if genre in each.says} for genre in genres
        }

    @property
    def disputed(self) -> dict[str, dict[str, bool]]:
        """The same for those genres about which they differ."""
        return {genre: votes for genre, votes in self.votes.items() if len(set(votes.values())) > 1}


class Opinions(Documents, of="reviews"):
    """Opinions by trailer_id."""

    def get(self, trailer_id: str) -> TrailerOpinions:
        """Return the opinions about a trailer."""
        return next(self._read([trailer_id]), TrailerOpinions(trailer_id))

    def iterate(self, *, after: str = "") -> Iterator[TrailerOpinions]:
        """Yield the opinions about trailers that several people have reviewed, those with ids after one, in order."""
        found = self._collection.aggregate(
            [
                {"$match": {"trailer_id": {"$gt": after}, "undoes": None}},
                {"$group": {"_id": "$trailer_id", "reviewers": {"$addToSet": "$reviewer"}}},
                {"$match": {"reviewers.1": {"$exists": True}}},
                {"$project": {"_id": 1}},
                {"$sort": {"_id": ASCENDING}},
            ]
        )
        while chunk := [document["_id"] for document in islice(found, CHUNK)]:
            yield from (each for each in self._read(chunk) if len(each.opinions) > 1)

    def _read(self, trailer_ids: Iterable[str]) -> Iterator[TrailerOpinions]:
        found = self._collection.find({"trailer_id": {"$in": list(trailer_ids)}})
        by_trailer = groupby(
            found.sort([("trailer_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
            key=itemgetter("trailer_id"),
        )
        return (TrailerOpinions(trailer_id, _last_of_each(documents)) for trailer_id, documents in by_trailer)


def _last_of_each(documents: Iterable[Document]) -> tuple[Opinion, ...]:
    """Return the opinions that follow from all reviews of a trailer and their undoing, the newest first."""
    documents = list(documents)
    undone = {document["undoes"] for document in documents if "undoes" in document}
    last: dict[str, Review] = {}
    for document in documents:
        if "undoes" not in document and document["_id"] not in undone:
            last.setdefault(document["reviewer"], to_review(document, None))
    return tuple(_to_opinion(last[reviewer]) for reviewer in sorted(last))


def _to_opinion(review: Review) -> Opinion:
    named = frozenset(review.genres)
    says = {genre: genre in named for genre in {*review.known, *review.decisions, *named}}
    return Opinion(review.reviewer, review.review_id, review.created_at, says, review.reasons)

"""The collection `reviews`: people's decisions about trailers' genres, one document each, and their undoing.

A review is never changed, nor deleted but with its trailer. The last one that isn't undone is a layer of the tags.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from db.access import Access, Document, Documents
from db.fields import now, to_labels, to_record
from db.labelling.layer_documents import to_layers, write_layers
from db.labelling.layers import Layer, Layers, find_review, next_time, replace_review
from db.labelling.review_documents import (
    find_last,
    labels_document,
    older_than,
    review_document,
    to_layer,
    to_new,
    to_query,
    to_review,
    undo_document,
)
from db.labelling.review_queue import done_by
from db.library_records import NewReview, Review, ReviewQuery, Undo
from db.verdicts import Verdicts

CHUNK = 500
DUPLICATE = 11000  # MongoDB's code for an _id that is there


EPOCH = datetime.fromtimestamp(0, UTC)


class Reviews(Documents, of="reviews"):
    """Reviews by trailer_id; of a trailer's tags, the last one that isn't undone counts before all others."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._trailers = access.collection("trailers")
        self._verdicts = Verdicts(access)

    def save(self, new: NewReview) -> Review | None:
        """Keep a review and make what it comes to a layer of the trailer's tags.

        Returns None, and changes nothing, where the labels are no longer those before the review.
        """
        trailer = self._read(new.trailer_id)
        if trailer is None or labels_document(to_labels(trailer.get("labels"))) != labels_document(new.labels_before):
            return None
        layers = to_layers(trailer)
        document = review_document(new, secrets.token_hex(12), next_time(layers, now()))
        saved = self._commit(document, trailer, replace_review(layers, to_layer(document)))
        return to_review(document, None) if saved else None

    def undo(self, trailer_id: str, *, reviewer: str, review_id: str | None = None) -> Undo | None:
        """Take back the review in effect; None where there is none, or it isn't the one named."""
        while trailer := self._read(trailer_id):
            layers = to_layers(trailer)
            review = find_review(layers)
            if review is None or review.review_id is None or review_id not in (None, review.review_id):
                return None
            document = undo_document(trailer_id, review.review_id, reviewer, now())
            before = find_last(self._read_all([trailer_id])[trailer_id], until=review.at, without=review.review_id)
            if self._commit(document, trailer, replace_review(layers, before)):
                return to_record(Undo, document, review_id=document["_id"])
        return None

    def restore(self, reviews: Sequence[Review]) -> tuple[int, int]:
        """Keep reviews that were made before, as they were, with their undoing; of a trailer's the last counts.

        Those that are stored stay as they are, but for their undoing. Returns how many are new, and how many of those
        that were stored are undone now.
        """
        stored = self.get_all(review.review_id for review in reviews)
        new = {each.review_id: each for each in reviews if each.review_id not in stored}
        undone = [
            undo_document(each.trailer_id, each.review_id, each.undone_by or "", each.undone_at)
            for each in {each.review_id: each for each in reviews}.values()
            if each.undone_at and not (each.review_id in stored and stored[each.review_id].undone)
        ]
        self._insert(
            [*(review_document(to_new(each), each.review_id, each.created_at) for each in new.values()), *undone]
        )
        ours: dict[str, list[str]] = {}
        for each in reviews:
            ours.setdefault(each.trailer_id, []).append(each.review_id)
        self._settle(ours)
        return len(new), sum(each["undoes"] in stored for each in undone)

    def _insert(self, documents: Sequence[Document]) -> None:
        """Insert documents, but for those that another process has just inserted."""
        try:
            if documents:
                self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as exc:
            if {error["code"] for error in exc.details["writeErrors"]} != {DUPLICATE}:
                raise

    def get(self, review_id: str) -> Review | None:
        """Return a review, None if there is no such review."""
        return self.get_all([review_id]).get(review_id)

    def get_all(self, review_ids: Iterable[str]) -> dict[str, Review]:
        """Return those of the reviews that are stored, by their ids."""
        found = self._collection.find({"_id": {"$in": list(review_ids)}, "undoes": None}).to_list()
        return {review.review_id: review for review in self._to_reviews(found)}

    def find(self, wanted: ReviewQuery, *, limit: int, after: Review | None = None) -> tuple[Review, ...]:
        """Return at most `limit` reviews, the newest first, those that come after one of them."""
        query = {"$and": [to_query(wanted), older_than(after)]} if after else to_query(wanted)
        newest = self._collection.find(query).sort([("created_at", DESCENDING), ("_id", DESCENDING)])
        return tuple(self._to_reviews(newest.limit(limit).to_list()))

    def iterate(self, wanted: ReviewQuery) -> Iterator[Review]:
        """Yield the reviews, the oldest first."""
        oldest = self._collection.find(to_query(wanted)).sort([("created_at", ASCENDING), ("_id", ASCENDING)])
        while chunk := list(islice(oldest, CHUNK)):
            yield from self._to_reviews(chunk)

    def _to_reviews(self, documents: Sequence[Document]) -> list[Review]:
        ids = [document["_id"] for document in documents]
        undone = {undo["undoes"]: undo for undo in self._collection.find({"undoes": {"$in": ids}})}
        return [to_review(document, undone.get(document["_id"])) for document in documents]

    def _read(self, trailer_id: str) -> Document | None:
        return self._trailers.find_one({"_id": trailer_id}, {"layers": 1, "labels": 1})

    def _read_all(self, trailer_ids: Collection[str]) -> dict[str, list[Document]]:
        """Return the documents of these trailers' reviews and their undoing."""
        found: dict[str, list[Document]] = {trailer_id: [] for trailer_id in trailer_ids}
        for document in self._collection.find({"trailer_id": {"$in": list(trailer_ids)}}):
            found[document["trailer_id"]].append(document)
        return found

    def _settle(self, ours: Mapping[str, Collection[str]]) -> None:
        """Give trailers the layers of their last reviews, now that ours are stored.

        Trailers that somebody else changes meanwhile are settled again.
        """
        is_done = False
        while not is_done:
            trailers = self._trailers.find({"_id": {"$in": list(ours)}}, {"layers": 1, "labels": 1}).to_list()
            reviews = self._read_all(ours)
            changes = {
                each["_id"]: change
                for each in trailers
                if (change := _settle(each, reviews[each["_id"]], ours[each["_id"]]))
            }
            updates = list(changes.values())
            is_done = not updates or self._trailers.bulk_write(updates, ordered=False).matched_count == len(updates)
            self._verdicts.update(changes)

    def _commit(self, document: Document, trailer: Document, layers: Layers) -> bool:
        """Keep a document and give its trailer these layers; tell whether they still were as read."""
        self._collection.insert_one(document)  # first: a crash must not leave tags without the review behind them
        pulled = None if "undoes" in document else done_by(document["reviewer"])
        update = write_layers(trailer, layers, time=document["created_at"], pulled=pulled)
        if not self._trailers.bulk_write([update]).matched_count:
            self._collection.delete_one({"_id": document["_id"]})
            return False
        self._verdicts.update([trailer["_id"]])
        return True


def _settle(trailer: Document, reviews: Sequence[Document], ours: Collection[str]) -> UpdateOne | None:
    """Return the update that gives a trailer the layer of its last review, None where it has it."""
    layers = to_layers(trailer)
    before = find_review(layers)
    last = find_last(reviews, until=before.at if before else EPOCH, ours=ours)
    if not _takes_over(last, before):
        return None
    return write_layers(trailer, replace_review(layers, last), time=next_time(layers, now()))


def _takes_over(last: Layer | None, before: Layer | None) -> bool:
    """Tell whether the last review takes the place of the one in effect, which may be an old one without a document."""
    if before is None or before.review_id is None:
        return last is not None and (before is None or last.at > before.at)
    return last is None or last.review_id != before.review_id

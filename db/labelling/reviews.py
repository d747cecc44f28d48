"""The collection `reviews`: people's decisions about trailers' genres, one document each, and their undoing.

A review is never changed or deleted. The one in effect is a layer of its trailer's tags; it names the one before it,
`after`, which is in effect again once it is undone.
"""

import secrets

from pymongo import DESCENDING

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import now, to_document, to_labels, to_record
from db.labelling.layer_documents import to_layers, write_layers
from db.labelling.layers import REVIEW, Layer, Layers, find_review, next_time, replace_review
from db.labelling.review_queue import done_by
from db.library_records import NewReview, Review, Undo
from db.records import TrailerLabels
from db.verdicts import Verdicts


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
        if trailer is None or _labels(to_labels(trailer.get("labels"))) != _labels(new.labels_before):
            return None
        layers = to_layers(trailer)
        before = find_review(layers)
        time = next_time(layers, now())
        document = {**_document(new), "after": before.review_id if before else None, "created_at": time}
        saved = self._commit(document, trailer, replace_review(layers, to_layer(document)))
        return _to_review(document, undone=False) if saved else None

    def undo(self, trailer_id: str, *, reviewer: str, review_id: str | None = None) -> Undo | None:
        """Take back the review in effect; None where there is none, or it isn't the one named."""
        while trailer := self._read(trailer_id):
            layers = to_layers(trailer)
            review = find_review(layers)
            if review is None or review.review_id is None or review_id not in (None, review.review_id):
                return None
            document = _undo_document(trailer_id, review.review_id, reviewer)
            if self._commit(document, trailer, replace_review(layers, self._before(review.review_id))):
                return to_record(Undo, document, review_id=document["_id"])
        return None

    def get(self, review_id: str) -> Review | None:
        """Return a review, None if there is no such review."""
        found = self._collection.find_one({"_id": review_id, "undoes": None})
        undone = self._collection.find_one({"undoes": review_id}, {"_id": 1}) is not None
        return _to_review(found, undone=undone) if found else None

    def list_for(self, trailer_id: str, *, limit: int = 20) -> list[Review]:
        """Return at most `limit` reviews of a trailer, the newest first."""
        found = self._collection.find({"trailer_id": trailer_id, "undoes": None})
        undone = set(self._collection.distinct("undoes", {"trailer_id": trailer_id}))
        newest = found.sort("created_at", DESCENDING).limit(limit)
        return [_to_review(document, undone=document["_id"] in undone) for document in newest]

    def _read(self, trailer_id: str) -> Document | None:
        return self._trailers.find_one({"_id": trailer_id}, {"layers": 1, "labels": 1})

    def _before(self, review_id: str) -> Layer | None:
        """Return the layer of the review that was in effect before another."""
        document = self._collection.find_one({"_id": review_id}) or {}
        before = self._collection.find_one({"_id": document["after"]}) if document.get("after") else None
        return to_layer(before) if before else None

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


def to_layer(review: Document) -> Layer:
    """Return the layer of tags that a review's document comes to."""
    return Layer(
        source=REVIEW,
        genres=tuple(review["genres"]),
        at=review["created_at"],
        known=tuple(review["known"]),
        by=review["reviewer"],
        review_id=review["_id"],
    )


def _document(new: NewReview) -> Document:
    fields: Document = to_document(new)
    return {
        "_id": secrets.token_hex(12),
        "schema_version": SCHEMA_VERSION,
        **fields,
        "decisions": [{"genre": genre, "decision": decision} for genre, decision in new.decisions.items()],
        "labels_before": _labels(new.labels_before),
        "note": fields["note"] or None,
    }


def _undo_document(trailer_id: str, review_id: str, reviewer: str) -> Document:
    return {
        "_id": secrets.token_hex(12),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        "undoes": review_id,
        "reviewer": reviewer,
        "created_at": now(),
    }


def _labels(labels: TrailerLabels) -> Document:
    fields = to_document(labels)
    return {name: fields[name] for name in ("genres", "source", "known")}


def _to_review(document: Document, *, undone: bool) -> Review:
    decisions = {each["genre"]: each["decision"] for each in document["decisions"]}
    return to_record(Review, document, review_id=document["_id"], decisions=decisions, undone=undone)

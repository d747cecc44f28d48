"""The collection `reviews`: what people say of trailers' genres, one document a review, never changed."""

import secrets

from pymongo import DESCENDING

from db.access import SCHEMA_VERSION, Access, Document
from db.documents import now
from db.fields import clean, known
from db.library_records import NewReview, Review
from db.records import TrailerLabels
from db.verdicts import Verdicts

SOURCE = "review"


class Reviews:
    """Reviews by trailer_id; the last one is what a trailer's labels say."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept = access.collection("reviews")
        self._trailers = access.collection("trailers")
        self._verdicts = Verdicts(access)

    def save(self, new: NewReview) -> Review:
        """Keep a review, and then make what it comes to the labels of the trailer, with the source `review`.

        One that decides nothing leaves the labels as they were.
        """
        document = _document(new)
        labels = {"genres": list(new.genres), "known": list(new.known), "source": SOURCE}
        change: Document = {f"labels.{name}": value for name, value in labels.items()} if new.decisions else {}
        with self._access.errors():
            self._kept.insert_one(document)
            change |= {"reviewed_at": document["created_at"], "updated_at": document["created_at"]}
            self._trailers.update_one({"_id": new.trailer_id}, {"$set": change})
        self._verdicts.settle([new.trailer_id])
        return _to_review(document)

    def of(self, trailer_id: str, *, limit: int = 20) -> list[Review]:
        """Return at most `limit` reviews of a trailer, the newest first."""
        with self._access.errors():
            found = self._kept.find({"trailer_id": trailer_id}).sort("created_at", DESCENDING).limit(limit)
            return [_to_review(document) for document in found]


def _document(new: NewReview) -> Document:
    return {
        "_id": secrets.token_hex(12),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": new.trailer_id,
        "model_id": new.model_id,
        "decisions": [{"genre": genre, "decision": decision} for genre, decision in new.decisions.items()],
        "genres": list(new.genres),
        "labels_before": _labels(new.labels_before),
        "reviewer": clean(new.reviewer),
        "note": clean(new.note) if new.note else None,
        "created_at": now(),
    }


def _labels(labels: TrailerLabels) -> Document:
    return {
        "genres": list(labels.genres),
        "source": labels.source,
        "known": None if labels.known is None else list(labels.known),
    }


def _to_review(document: Document) -> Review:
    decisions = {each["genre"]: each["decision"] for each in document["decisions"]}
    fields = {**known(Review, document), "genres": tuple(document["genres"]), "decisions": decisions}
    return Review(review_id=document["_id"], **fields)

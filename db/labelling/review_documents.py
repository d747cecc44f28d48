"""Reviews and their undoing as documents of `reviews`, and back."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from db.access import SCHEMA_VERSION, Document
from db.fields import to_document, to_record
from db.labelling.layers import REVIEW, Layer
from db.library_records import NewReview, Review, ReviewQuery
from db.records import TrailerLabels


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


def find_last(
    documents: Iterable[Document], *, until: datetime, without: str | None = None, ours: Collection[str] = ()
) -> Layer | None:
    """Return the layer of a trailer's last review until a time, or among `ours`, that isn't undone.

    A later one that isn't ours is just being saved by somebody, or its saving has failed.
    """
    documents = list(documents)
    gone = {without, *(each["undoes"] for each in documents if "undoes" in each)}
    standing = [
        each
        for each in documents
        if "undoes" not in each and each["_id"] not in gone and (each["created_at"] <= until or each["_id"] in ours)
    ]
    last = max(standing, key=lambda each: (each["created_at"], each["_id"]), default=None)
    return to_layer(last) if last else None


def to_query(wanted: ReviewQuery) -> Document:
    """Return the query for reviews as a MongoDB filter; their undoing has documents of its own."""
    query: Document = {"undoes": None}
    query |= {name: value for name in ("trailer_id", "reviewer") if (value := getattr(wanted, name)) is not None}
    return query | ({"created_at": {"$gte": wanted.since}} if wanted.since else {})


def older_than(review: Review) -> Document:
    """Return the filter for the reviews before one, the newest first."""
    time, review_id = review.created_at, review.review_id
    return {"$or": [{"created_at": {"$lt": time}}, {"created_at": time, "_id": {"$lt": review_id}}]}


def review_document(new: NewReview, review_id: str, time: datetime) -> Document:
    """Return the document of a review that is made at a time."""
    fields: Document = to_document(new)
    reasons: Mapping[str, str] = fields.pop("reasons")
    return {
        "_id": review_id,
        "schema_version": SCHEMA_VERSION,
        **fields,
        "decisions": [_decision(genre, decision, reasons) for genre, decision in fields["decisions"].items()],
        "labels_before": labels_document(new.labels_before),
        "note": fields["note"] or None,
        "created_at": time,
    }


def _decision(genre: str, decision: str, reasons: Mapping[str, str]) -> Document:
    return {"genre": genre, "decision": decision, **({"reason": reasons[genre]} if genre in reasons else {})}


def undo_document(trailer_id: str, review_id: str, reviewer: str, time: datetime) -> Document:
    """Return the document that takes a review back."""
    return {
        "_id": secrets.token_hex(12),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        "undoes": review_id,
        "reviewer": reviewer,
        "created_at": time,
    }


def labels_document(labels: TrailerLabels) -> Document:
    """Return the labels before a review as it keeps them."""
    fields = to_document(labels)
    return {name: fields[name] for name in ("genres", "source", "known")}


def to_new(review: Review) -> NewReview:
    """Return what a stored review said when it was made."""
    names: dict[str, Any] = {name: getattr(review, name) for name in NewReview.__dataclass_fields__}
    return NewReview(**names)


def to_review(document: Document, undo: Document | None) -> Review:
    """Return the review of a document, and of the one that takes it back, if any."""
    return to_record(
        Review,
        document,
        review_id=document["_id"],
        decisions={each["genre"]: each["decision"] for each in document["decisions"]},
        reasons={each["genre"]: each["reason"] for each in document["decisions"] if each.get("reason")},
        undone_by=undo["reviewer"] if undo else None,
        undone_at=undo["created_at"] if undo else None,
    )

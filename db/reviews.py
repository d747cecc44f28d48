"""The collection `reviews`: people's decisions about trailers' genres, one document each, never changed."""

import secrets
from collections.abc import Mapping

from pymongo import DESCENDING, UpdateOne

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import now, row_labels, to_document, to_labels, to_record
from db.library_records import NewReview, Review
from db.records import TrailerLabels
from db.verdicts import Verdicts

SOURCE = "review"
REVIEWED: Document = {"labels.source": SOURCE}
MAX_CONTESTED = 20  # for each trailer


class Reviews(Documents, of="reviews"):
    """Reviews by trailer_id; a trailer's labels follow the last one."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._trailers = access.collection("trailers")
        self._verdicts = Verdicts(access)

    def save(self, new: NewReview) -> Review | None:
        """Make what a review comes to the labels of the trailer, with the source `review`, and keep the review.

        One that says nothing of any genre leaves the labels as they were. Returns None, and changes nothing, where the
        labels are no longer those before the review.
        """
        document = _document(new)
        time = document["created_at"]
        change: Document = {"$set": {"reviewed_at": time, "updated_at": time}}
        if new.known:
            labels = {"genres": list(new.genres), "known": list(new.known), "source": SOURCE}
            change["$set"] |= {f"labels.{name}": value for name, value in labels.items()}
            if new.labels_before.source != SOURCE:
                change |= _contested(new.labels_before)
        query = {"_id": new.trailer_id, **_as_read(new.labels_before)}
        self._collection.insert_one(document)  # first: a crash must not leave labels without the review behind them
        if not self._trailers.update_one(query, change).matched_count:
            self._collection.delete_one({"_id": document["_id"]})
            return None
        self._verdicts.update([new.trailer_id])
        return _to_review(document)

    def contest(self, labels: Mapping[str, TrailerLabels]) -> int:
        """Compare other sources' labels, by trailer_id, with reviews; return how many reviews they contradict.

        Such a trailer is put up for review again, unless the same labels have contradicted its review before.
        """
        query = {"_id": {"$in": list(labels)}, **REVIEWED}
        found = self._trailers.find(query, {"labels": 1}).to_list() if labels else []
        contested = [each for each in found if _contradict(labels[each["_id"]], each)]
        if contested:
            changes = [_contest(each, labels[each["_id"]]) for each in contested]
            self._trailers.bulk_write(changes, ordered=False)
        return len(contested)

    def list_for(self, trailer_id: str, *, limit: int = 20) -> list[Review]:
        """Return at most `limit` reviews of a trailer, the newest first."""
        found = self._collection.find({"trailer_id": trailer_id}).sort("created_at", DESCENDING).limit(limit)
        return [_to_review(document) for document in found]


def _contradict(labels: TrailerLabels, trailer: Document) -> bool:
    return row_labels(labels).contradicts(row_labels(to_labels(trailer["labels"])))


def _contest(trailer: Document, labels: TrailerLabels) -> UpdateOne:
    """Return the update that puts a trailer up for review again, if its review is still the one that was read."""
    repeated = {"contested.genres": _genres(labels)}
    as_read = {"_id": trailer["_id"], "labels": trailer["labels"], "$nor": [repeated]}
    return UpdateOne(as_read, {"$unset": {"reviewed_at": ""}, **_contested(labels)})


def _as_read(labels: TrailerLabels) -> Document:
    """Return the filter that finds a trailer only as long as it has these labels."""
    as_stored = _labels(labels)
    genres = as_stored["genres"] or {"$in": [[], None]}
    return {"labels.genres": genres, "labels.source": labels.source, "labels.known": as_stored["known"]}


def _contested(labels: TrailerLabels) -> Document:
    """Return the part of an update that records labels which differ from the review."""
    new = [{"genres": genres, "source": labels.source}] if (genres := _genres(labels)) else []
    return {"$push": {"contested": {"$each": new, "$slice": -MAX_CONTESTED}}}


def _genres(labels: TrailerLabels) -> list[str]:
    """Return the canonical genres, sorted: the same for all spellings and orders."""
    return sorted(row_labels(labels).named)


def _document(new: NewReview) -> Document:
    fields: Document = to_document(new)
    del fields["known"]
    return {
        "_id": secrets.token_hex(12),
        "schema_version": SCHEMA_VERSION,
        **fields,
        "decisions": [{"genre": genre, "decision": decision} for genre, decision in new.decisions.items()],
        "labels_before": _labels(new.labels_before),
        "note": fields["note"] or None,
        "created_at": now(),
    }


def _labels(labels: TrailerLabels) -> Document:
    fields = to_document(labels)
    return {name: fields[name] for name in ("genres", "source", "known")}


def _to_review(document: Document) -> Review:
    decisions = {each["genre"]: each["decision"] for each in document["decisions"]}
    return to_record(Review, document, review_id=document["_id"], decisions=decisions)

"""Step 1: labels become layers.

Before it, a trailer had the labels of the last list, or those of a review: what lay under a review is in `contested`
and in `labels_before` of its reviews. Reviews get `known`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from pymongo import ASCENDING, UpdateOne

from classifier.taxonomy import NO_TAXONOMY
from db.access import Access, Document
from db.fields import row_labels, to_labels
from db.labelling.layer_documents import write_layers
from db.labelling.layers import REVIEW, TICK, Layer, Layers, add_layer, effective_labels, make_layer, replace_review
from db.labelling.review_documents import to_layer
from db.records import TrailerLabels

AFTER = 2
EPOCH = datetime.fromtimestamp(0, UTC)
CHUNK = 500
TO_DO: Document = {"schema_version": {"$not": {"$gte": AFTER}}}
READ = ("schema_version", "layers", "labels", "contested", "reviewed_at")


def migrate(access: Access) -> None:
    """Carry all trailers over, those again that others changed meanwhile."""
    while _migrate_once(access):
        pass


def _migrate_once(access: Access) -> bool:
    """Carry over the trailers that are not; tell whether there were any."""
    trailers, n_found = access.collection("trailers"), 0
    fields = dict.fromkeys((*READ, "created_at", "updated_at"), 1)
    found = trailers.find(TO_DO, fields).sort("_id").batch_size(CHUNK)
    while chunk := list(islice(found, CHUNK)):
        n_found += len(chunk)
        reviews = _complete_reviews(access, [trailer["_id"] for trailer in chunk])
        changes = [_change(trailer, reviews.get(trailer["_id"], [])) for trailer in chunk]
        trailers.bulk_write(changes, ordered=False)
    return n_found > 0


def _complete_reviews(access: Access, trailer_ids: Sequence[str]) -> dict[str, list[Document]]:
    """Give the reviews of these trailers the field that they lack; return them by trailer, the oldest first."""
    collection = access.collection("reviews")
    found: dict[str, list[Document]] = {}
    of_these = collection.find({"trailer_id": {"$in": list(trailer_ids)}, "undoes": None})
    for review in of_these.sort([("created_at", ASCENDING), ("_id", ASCENDING)]):
        found.setdefault(review["trailer_id"], []).append(review)
    changes = []
    for reviews in found.values():
        for review in reviews:
            review["known"] = _known(review)
            lacking = {"_id": review["_id"], "known": {"$exists": False}}
            changes.append(UpdateOne(lacking, {"$set": {"known": review["known"]}}))
    if changes:
        collection.bulk_write(changes, ordered=False)
    return found


def _known(review: Document) -> list[str]:
    """Return the genres that a review decided on: those of the labels before it, and its own."""
    decided = row_labels(to_labels(review["labels_before"])).decided
    return sorted({*decided, *(each["genre"] for each in review["decisions"])})


def _change(trailer: Document, reviews: list[Document]) -> UpdateOne:
    layers, labels = _layers(trailer, reviews), to_labels(trailer.get("labels"))
    fields: Document = {"schema_version": AFTER, "contested": None}
    if _meaning(effective_labels(layers)) != _meaning(labels):
        fields["verdict"] = None  # the next step makes it again
    return write_layers(trailer, layers, time=_updated_at(trailer), beside=fields, as_read=READ)


def _meaning(labels: TrailerLabels) -> tuple[object, ...]:
    row = row_labels(labels)
    return frozenset(row.named), row.decided


def _layers(trailer: Document, reviews: list[Document]) -> Layers:
    """Return the layers that a trailer's old labels come to.

    Where it waits to be reviewed again, what was said last has been said since the last review.
    """
    review, said = _last_review(trailer, reviews), list(_said(trailer, reviews))
    waits = trailer.get("reviewed_at") is None
    first = trailer.get("created_at", EPOCH)
    since = max(_updated_at(trailer), review.at + TICK) if review and waits else first
    layers: Layers = ()
    for number, labels in enumerate(said, start=1):
        layer = make_layer(labels, since if number == len(said) else first, NO_TAXONOMY)
        if layer and not _is_known(layers, layer):
            layers = add_layer(layers, layer)
    return replace_review(layers, review)


def _is_known(layers: Layers, layer: Layer) -> bool:
    """Tell whether the last tags of this source mean the same: `contested` has no other words and nothing `known`."""
    return any(each.source == layer.source and set(each.row.named) == set(layer.row.named) for each in layers)


def _said(trailer: Document, reviews: list[Document]) -> Iterator[TrailerLabels]:
    """Yield what sources other than reviews have said, in order."""
    labels = [review["labels_before"] for review in reviews]
    for document in (*labels, *trailer.get("contested", ()), trailer.get("labels")):
        if (said := to_labels(document)).source != REVIEW:
            yield said


def _last_review(trailer: Document, reviews: list[Document]) -> Layer | None:
    """Return the layer of the review that the labels follow; one that decided nothing left them as they were."""
    labels = to_labels(trailer.get("labels"))
    if labels.source != REVIEW:
        return next((to_layer(review) for review in reversed(reviews) if not review["known"]), None)
    for review in reversed(reviews):
        if set(review["genres"]) == set(labels.genres):
            return to_layer(review)
    time = trailer.get("reviewed_at") or _updated_at(trailer)
    return Layer(REVIEW, labels.genres, time, labels.known or ())


def _updated_at(trailer: Document) -> datetime:
    time: datetime = trailer.get("updated_at", EPOCH)
    return time

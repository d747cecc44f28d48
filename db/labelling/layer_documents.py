"""Layers in the documents of `trailers`: read, and written with all that follows from them."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateOne

from db.access import Document
from db.fields import to_document, to_record
from db.labelling.layers import Layer, Layers, effective_labels, reviewed_at


def to_layers(trailer: Document) -> Layers:
    """Return the layers in a trailer's document."""
    return tuple(to_record(Layer, layer) for layer in trailer.get("layers") or ())


def write_layers(
    trailer: Document,
    layers: Layers,
    *,
    time: datetime,
    beside: Document | None = None,
    as_read: Sequence[str] = ("layers",),
    pulled: Document | None = None,
) -> UpdateOne:
    """Return the update that gives a trailer these layers, which applies only while the fields `as_read` are so.

    `beside` are other fields to set, those that are None to be removed; `pulled` are elements to take off others.
    """
    labels = effective_labels(layers)
    fields = {
        "layers": [_to_document(layer) for layer in layers],
        "labels.genres": to_document(labels.genres) if labels.source else None,
        "labels.source": labels.source,
        "labels.known": to_document(labels.known),
        "reviewed_at": reviewed_at(layers),
        "updated_at": time,
        **(beside or {}),
    }
    change = {"$set": {name: value for name, value in fields.items() if value is not None}}
    if missing := {name: "" for name, value in fields.items() if value is None}:
        change["$unset"] = missing
    if pulled:
        change["$pull"] = pulled
    return UpdateOne({"_id": trailer["_id"], **{name: trailer.get(name) for name in as_read}}, change)


def _to_document(layer: Layer) -> Document:
    return {name: value for name, value in to_document(layer).items() if value is not None}

"""Fields of documents: records from them and back, in text that BSON can hold."""

import functools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pymongo import DESCENDING

from classifier.data.label_matrix import OTHER_SOURCE, RowLabels
from db.access import Document
from db.errors import Damaged
from db.records import TrailerLabels

Record = TypeVar("Record")


def to_record(kind: Callable[..., Record], document: Document, /, **fields: Any) -> Record:
    """Return the record of a document, with `fields` instead of the document's; raises Damaged if they don't fit.

    Fields that the record does not have are left out: a newer program may have written more.
    """
    try:
        record: Record = _adapter(kind).validate_python({**document, **fields})
    except ValidationError as exc:
        name, reason = ".".join(map(str, exc.errors()[0]["loc"])), exc.errors()[0]["msg"]
        message = f"the document {document.get('_id')!r} is damaged, or a newer version wrote it: {name}: {reason}"
        raise Damaged(message) from exc
    return record


def to_document(value: Any) -> Any:
    """Return a record as a document, or a value of its fields as BSON can hold it: asdict copies, which is slow."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return [to_document(part) for part in value]
    if isinstance(value, Mapping):
        return {name: to_document(part) for name, part in value.items()}
    if names := getattr(value, "__dataclass_fields__", None):
        return {name: to_document(getattr(value, name)) for name in names}
    return value.item() if isinstance(value, np.generic) else value


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def clean(text: str) -> str:
    """Return text that BSON can hold: a file's name may have bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def to_labels(document: Document | None) -> TrailerLabels:
    """Return the labels of a trailer's document."""
    return to_record(TrailerLabels, document or {})


def row_labels(labels: TrailerLabels) -> RowLabels:
    """Return labels in canonical genres; those that say what is known may be of several vocabularies."""
    source = OTHER_SOURCE if labels.known is not None else labels.source
    return RowLabels(labels.genres, source or OTHER_SOURCE, labels.known)


def newest_first(name: str) -> list[tuple[str, int]]:
    """Return the order by a time, the newest first, those of one time by their ids."""
    return [(name, DESCENDING), ("_id", DESCENDING)]


def older_than(name: str, place: tuple[datetime, str] | None) -> Document:
    """Return the condition to come after a place, a time and an id, in that order; None is the beginning."""
    if place is None:
        return {}
    time, key = place
    return {"$or": [{name: {"$lt": time}}, {name: time, "_id": {"$lt": key}}]}


def now() -> datetime:
    """Return the time as MongoDB stores it: UTC, whole milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)

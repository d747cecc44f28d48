"""Fields of records in documents: those that a record has, and text that BSON can hold."""

import dataclasses
import functools
from typing import Any

from classifier.data.label_matrix import OTHER_SOURCE, RowLabels
from db.access import Document
from db.records import TrailerLabels


def known(record: Any, document: Document) -> Document:
    """Return the fields of `document` that `record` has: a newer program may have written more."""
    names = _names(record)
    return {name: value for name, value in document.items() if name in names}


def clean(text: str) -> str:
    """Return text that BSON can hold: a file's name may have bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def to_labels(document: Document | None) -> TrailerLabels:
    """Return the labels of a trailer's document."""
    fields = known(TrailerLabels, document or {})
    listed = {name: tuple(fields[name]) for name in ("genres", "known") if fields.get(name) is not None}
    return TrailerLabels(**{**fields, **listed})


def row_labels(labels: TrailerLabels) -> RowLabels:
    """Return labels in canonical genres."""
    return RowLabels(labels.genres, labels.source or OTHER_SOURCE, labels.known)


@functools.cache
def _names(record: Any) -> frozenset[str]:
    return frozenset(field.name for field in dataclasses.fields(record))

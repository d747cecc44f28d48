"""Identities of trailers in the collection `trailers`: what customers call them, and which film they belong to.

`film_id`, `external_id`, the words and the order follow from the other fields and are computed again with each change;
a write applies only while these are as read, so that of two people who edit one trailer neither undoes the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pymongo import UpdateOne

from db.access import Document, Documents
from db.fields import clean, now, to_document, to_record
from db.identity import MAX_IDS, IdentityEdit, Scalar, TrailerIdentity, check_metadata, film_id_of, fits, shown_title
from db.records import Source
from db.words import LAST, find_words, fold_text

CHUNK = 500
ROUNDS = 20  # each time somebody else has changed the trailer meanwhile
ORDER_LENGTH = 80  # characters of a title by which trailers are sorted
IMDB = "labels.imdb_id"
GIVEN = ("external_ids", "title", "year", "film", "franchise", "metadata", IMDB)
DERIVED = ("external_id", "film_id", "words.identity", "order.title", "order.year")
READ = ("source.title", "source.site", *GIVEN, *DERIVED)
Edits = Mapping[str, Sequence[IdentityEdit]]


class Identities(Documents, of="trailers"):
    """Identities by trailer_id."""

    def edit(self, trailer_id: str, edit: IdentityEdit) -> bool:
        """Change the identity of a stored trailer; tell whether others let it.

        Raises ValueError where its metadata would become too much.
        """
        return not self._apply({trailer_id: [edit]}, strict=True)

    def add(self, edits: Iterable[tuple[str, IdentityEdit]]) -> None:
        """Change the identities of those of the trailers that are stored, in order; the oldest metadata makes room."""
        wanted: dict[str, list[IdentityEdit]] = {}
        for trailer_id, edit in edits:
            if edit != IdentityEdit():
                wanted.setdefault(trailer_id, []).append(edit)
        self._apply(wanted)

    def update(self, trailer_ids: Iterable[str]) -> None:
        """Give these trailers what follows from their identities."""
        for chunk in _chunks(trailer_ids):
            self._apply(dict.fromkeys(chunk, ()))

    def update_missing(self) -> None:
        """Do so for all trailers that lack it, such as those of an older program; repeatable, batch by batch."""
        self.update(found["_id"] for found in self._collection.find({"order": None}, {"_id": 1}))

    def find(self, external_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the trailers that have, or had, these ids of customers."""
        wanted = {clean(each) for each in external_ids}
        found: dict[str, list[str]] = {}
        for document in self._collection.find({"external_ids": {"$in": list(wanted)}}, {"external_ids": 1}).sort("_id"):
            for external_id in wanted.intersection(document["external_ids"]):
                found.setdefault(external_id, []).append(document["_id"])
        return found

    def find_titled(self, title: str) -> list[str]:
        """Return the trailers that are shown with this title; case, accents and punctuation don't matter."""
        named = fold_text(title)[:ORDER_LENGTH]
        return self._ids({"order.title": named}) if named else []

    def find_beginning(self, text: str, *, limit: int | None = None) -> list[str]:
        """Return the trailers whose id begins like this, with or without the site's name before it."""
        beginnings = [text] if ":" in text else [f"{site}:{text}" for site in self._collection.distinct("source.site")]
        ranges = [{"_id": {"$gte": beginning, "$lt": beginning + LAST}} for beginning in beginnings]
        return self._ids({"$or": ranges}, limit=limit) if ranges else []

    def _ids(self, wanted: Document, *, limit: int | None = None) -> list[str]:
        found = self._collection.find(wanted, {"_id": 1}).sort("_id").limit(limit or 0)
        return [document["_id"] for document in found]

    def read(self, trailer_ids: Iterable[str]) -> dict[str, TrailerIdentity]:
        """Return the identities of those of the trailers that are stored."""
        fields = {"film_id": 1, "title": 1, "franchise": 1}
        found: dict[str, TrailerIdentity] = {}
        for chunk in _chunks(trailer_ids):
            for document in self._collection.find({"_id": {"$in": chunk}}, fields):
                found[document["_id"]] = to_record(TrailerIdentity, document)
        return found

    def _apply(self, edits: Edits, *, strict: bool = False) -> Edits:
        """Apply the edits; return those of trailers that others changed all the while."""
        for _ in range(ROUNDS):
            if not edits:
                break
            left = [name for chunk in _chunks(edits) for name in self._apply_once(chunk, edits, strict=strict)]
            edits = {name: edits[name] for name in left}
        return edits

    def _apply_once(self, trailer_ids: Sequence[str], edits: Edits, *, strict: bool) -> list[str]:
        """Apply the edits of these trailers; return all of them to be tried again where one had changed meanwhile."""
        found = self._collection.find({"_id": {"$in": trailer_ids}}, dict.fromkeys(READ, 1)).to_list()
        changes = [change for each in found if (change := _change(each, edits[each["_id"]], strict=strict))]
        if not changes:
            return []
        done = self._collection.bulk_write(changes, ordered=False)
        return [] if done.matched_count == len(changes) else list(trailer_ids)


def _chunks(trailer_ids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(trailer_ids)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _change(document: Document, edits: Sequence[IdentityEdit], *, strict: bool) -> UpdateOne | None:
    """Return the update, which applies only while the identity is as read; None if nothing changes."""
    before = {name: _value(document, name) for name in READ}
    after = dict(before)
    for edit in edits:
        _edit(after, edit, strict=strict)
    is_edited = after != before
    after |= _derive(after)
    changed = {name: after[name] for name in (*GIVEN, *DERIVED) if after[name] != before[name]}
    if not changed:
        return None
    stored = {name: value for name, value in changed.items() if value not in (None, [], {}) or name in DERIVED[2:]}
    update = {"$set": {**stored, **({"updated_at": now()} if is_edited else {})}}
    as_read = {name: before[name] for name in ("source.title", *GIVEN)}
    removed = dict.fromkeys(changed.keys() - stored.keys(), "")
    return UpdateOne({"_id": document["_id"], **as_read}, {**update, **({"$unset": removed} if removed else {})})


def _edit(fields: Document, edit: IdentityEdit, *, strict: bool) -> None:
    """Apply an edit to the fields of an identity, in place."""
    for name in edit.cleared:
        fields[{"external_id": "external_ids", "imdb_id": IMDB}.get(name, name)] = None
    given = {name: getattr(edit, name) for name in ("title", "year", "film", "franchise")} | {IMDB: edit.imdb_id}
    fields |= {name: to_document(value) for name, value in given.items() if value is not None}
    if edit.external_ids:
        new = list(dict.fromkeys(map(clean, edit.external_ids)))
        fields["external_ids"] = [*(each for each in fields["external_ids"] or () if each not in new), *new][-MAX_IDS:]
    if edit.metadata or edit.unset:
        fields["metadata"] = _merge(fields["metadata"] or {}, edit, strict=strict) or None


def _merge(stored: Mapping[str, Scalar], edit: IdentityEdit, *, strict: bool) -> Document:
    """Return metadata after an edit; where it becomes too much, raise ValueError, or leave out what came first."""
    kept = {key: value for key, value in stored.items() if key not in edit.unset and key not in edit.metadata}
    merged = {**kept, **to_document(edit.metadata)}
    if strict:
        return dict(check_metadata(merged))
    for key in kept:
        if not fits(merged):
            del merged[key]
    return merged


def _derive(fields: Document) -> Document:
    """Return what follows from the fields of an identity."""
    ids = fields["external_ids"] or []
    external_id, title, year = ids[-1] if ids else None, fields["title"], fields["year"]
    source = Source("", fields["source.site"] or "", "", fields["source.title"])
    named = film_id_of(film=fields["film"], imdb_id=fields[IMDB], external_id=external_id, title=title, year=year)
    return {
        "external_id": external_id,
        "film_id": named,
        "words.identity": find_words(title, *ids, fields["film"], fields["franchise"], fields[IMDB]),
        "order.title": fold_text(shown_title(title, source) or "")[:ORDER_LENGTH],
        "order.year": year or 0,
    }


def _value(document: Document, name: str) -> Any:
    found: Any = document
    for part in name.split("."):
        found = (found or {}).get(part)
    return found

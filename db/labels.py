"""The labels of trailers: set by lists and data sets, read for training."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from pymongo import UpdateOne

from db.access import Access, Document, Documents
from db.fields import now, to_document, to_labels
from db.records import LabelledTrailer, LabelUpdate, TrailerLabels
from db.reviews import REVIEWED, SOURCE, Reviews
from db.verdicts import Verdicts

CHUNK = 500
HAS_LABELS: Document = {"labels.genres.0": {"$exists": True}}
GENRES = frozenset({"genres", "source", "known"})  # the fields that a review decides


class Labels(Documents, of="trailers"):
    """Labels by `trailer_id`, stored in the documents of `trailers`."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._reviews = Reviews(access)
        self._verdicts = Verdicts(access)

    def update(self, labels: Mapping[str, TrailerLabels]) -> LabelUpdate:
        """Set the labels of stored trailers, except the genres of those that a person has reviewed.

        Fields that are None stay as they were; genres are always set. Trailers that are not stored are skipped.
        """
        return self.update_fields([(trailer_id, _label_fields(new)) for trailer_id, new in labels.items()])

    def update_fields(self, changes: Iterable[tuple[str, Document]]) -> LabelUpdate:
        """Set the named fields of trailers' labels, by trailer_id, as `update` does."""
        changes = [(trailer_id, fields) for trailer_id, fields in changes if fields]
        n_changed = self._update([_change(trailer_id, fields) for trailer_id, fields in changes])
        with_genres = [(trailer_id, fields) for trailer_id, fields in changes if fields.keys() & GENRES]
        self._update([change for trailer_id, fields in with_genres if (change := _beside_review(trailer_id, fields))])
        labels = {trailer_id: to_labels(fields) for trailer_id, fields in with_genres}
        n_kept = self._reviews.contest(labels)
        self._verdicts.update(labels)
        return LabelUpdate(n_changed, n_kept)

    def _update(self, changes: list[UpdateOne]) -> int:
        if not changes:
            return 0
        return int(self._collection.bulk_write(changes, ordered=True).modified_count)

    def find_stored(self, trailer_ids: Collection[str]) -> set[str]:
        """Return which of the trailers are stored."""
        return {found["_id"] for found in self._collection.find({"_id": {"$in": list(trailer_ids)}}, {"_id": 1})}

    def find_by_film(self, imdb_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the trailers of films, by imdb_id, in one query."""
        films: dict[str, list[str]] = {}
        for found in self._collection.find({"labels.imdb_id": {"$in": list(imdb_ids)}}, {"labels.imdb_id": 1}):
            films.setdefault(found["labels"]["imdb_id"], []).append(found["_id"])
        return films

    def titles(self) -> Iterator[tuple[str, str]]:
        """Yield trailer_id and title of each trailer that has a title."""
        for found in self._collection.find({"source.title": {"$type": "string"}}, {"source.title": 1}):
            yield found["_id"], found["source"]["title"]

    def iterate(self, *, labelled: bool) -> Iterator[LabelledTrailer]:
        """Yield the trailers in the order of their ids: all, or those with genres."""
        fields = {"source.title": 1, "source.url": 1, "video.sha256": 1, "labels": 1}
        for found in self._collection.find(HAS_LABELS if labelled else {}, fields).sort("_id").batch_size(CHUNK):
            yield _to_labelled(found)


def _change(trailer_id: str, fields: Document) -> UpdateOne:
    """Return the update that sets these fields where one is another; genres only where no person has reviewed them.

    A trailer without labels may have been reviewed; with its first ones it waits for a person again.
    """
    if not fields.keys() & GENRES:
        return _set({"_id": trailer_id}, fields)
    return _set({"_id": trailer_id, "labels.source": {"$ne": SOURCE}}, fields, {"$unset": {"reviewed_at": ""}})


def _beside_review(trailer_id: str, fields: Document) -> UpdateOne | None:
    """Return the update that sets the fields that a review does not decide, None if there are none."""
    others = {name: value for name, value in fields.items() if name not in GENRES}
    return _set({"_id": trailer_id, **REVIEWED}, others) if others else None


def _set(query: Document, fields: Document, beside: Document | None = None) -> UpdateOne:
    named = {f"labels.{name}": value for name, value in fields.items()}
    differs = [{name: {"$ne": value}} for name, value in named.items()]
    return UpdateOne({**query, "$or": differs}, {"$set": {**named, "updated_at": now()}, **(beside or {})})


def _label_fields(labels: TrailerLabels) -> Document:
    return {name: value for name, value in to_document(labels).items() if value is not None}


def _to_labelled(found: Document) -> LabelledTrailer:
    source, video = found.get("source") or {}, found.get("video") or {}
    return LabelledTrailer(
        trailer_id=found["_id"],
        title=source.get("title"),
        url=source.get("url") or "",
        sha256=video.get("sha256") or "",
        labels=to_labels(found.get("labels")),
    )

"""The labels of trailers: set by lists and data sets, a layer for each source, and read for training."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from pymongo import UpdateOne

from classifier.taxonomy import Taxonomy
from db.access import Access, Document, Documents
from db.fields import clean, now, to_labels
from db.labelling.layer_documents import to_layers, write_layers
from db.labelling.layers import add_layer, contested_by, make_layer, next_time, reviewed_at
from db.labelling.taxonomies import Taxonomies
from db.records import LabelledTrailer, LabelUpdate, TagLayer, TrailerLabels
from db.verdicts import Verdicts

CHUNK = 500
OF_THE_HOUSE: Document = {"layers.source": {"$in": ["review", "house"]}}
HAS_LABELS: Document = {"labels.genres.0": {"$exists": True}}


class Labels(Documents, of="trailers"):
    """Labels by `trailer_id`, stored in the documents of `trailers`."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._taxonomies = Taxonomies(access)
        self._verdicts = Verdicts(access)

    def update(self, labels: Mapping[str, TrailerLabels]) -> LabelUpdate:
        """Set what the sources of these labels say of stored trailers; what other sources say stays.

        Labels without genres say nothing of them, and fields that are None stay as they were. Trailers that are not
        stored are skipped.
        """
        waiting, changes, taxonomy = iter(labels.items()), list[_Change](), self._taxonomies.current()
        while chunk := dict(islice(waiting, CHUNK)):
            changes += self._update(chunk, taxonomy)
        self._verdicts.update(labels)
        return LabelUpdate(
            changed=sum(change.update is not None for change in changes),
            kept_reviews=sum(change.contests for change in changes),
            reopened=sum(change.reopens for change in changes),
        )

    def _update(self, labels: Mapping[str, TrailerLabels], taxonomy: Taxonomy) -> list["_Change"]:
        """Make the changes; those of trailers that were changed by others between reading and writing are made anew."""
        changes: dict[str, _Change] = {}
        while labels:
            fields = {"layers": 1, "labels": 1, "reviewed_at": 1}
            found = self._collection.find({"_id": {"$in": list(labels)}}, fields).to_list()
            tried = {trailer["_id"]: _make_change(trailer, labels[trailer["_id"]], taxonomy) for trailer in found}
            updates = {trailer_id: change.update for trailer_id, change in tried.items() if change.update}
            changes = {**tried, **changes} | {trailer_id: tried[trailer_id] for trailer_id in updates}
            if not updates or self._write(list(updates.values())):
                break
            labels = {trailer_id: labels[trailer_id] for trailer_id in updates}
        return list(changes.values())

    def _write(self, updates: list[UpdateOne]) -> bool:
        """Write the updates; tell whether all of them still applied."""
        return self._collection.bulk_write(updates, ordered=False).matched_count == len(updates)

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
        """Yield trailer_id and title of each trailer that has one: the customer's, with the year, else the site's."""
        titled = {"$or": [{name: {"$type": "string"}} for name in ("title", "source.title")]}
        for found in self._collection.find(titled, {"title": 1, "year": 1, "source.title": 1}):
            title, year = found.get("title"), found.get("year")
            own = f"{title} ({year})" if title and year else title
            yield found["_id"], own or found["source"]["title"]

    def count(self, *, at_most: int) -> int:
        """Return the number of trailers with genres in effect, counted up to `at_most`."""
        return self._collection.count_documents(HAS_LABELS, limit=at_most)

    def count_house_tags(self) -> int:
        """Return how many trailers the house has tagged or reviewed."""
        return self._collection.count_documents(OF_THE_HOUSE)

    def house_tags(self) -> Iterator[TrailerLabels]:
        """Yield the labels in effect of the trailers that the house has tagged or reviewed."""
        for found in self._collection.find(OF_THE_HOUSE, {"labels": 1}).batch_size(CHUNK):
            yield to_labels(found.get("labels"))

    def iterate(self, layer: TagLayer | None) -> Iterator[LabelledTrailer]:
        """Yield the trailers with genres in effect, or with tags of one layer, in the order of their ids; None: all."""
        fields = {"source.title": 1, "source.url": 1, "video.sha256": 1, "labels": 1, "layers": 1}
        wanted = {None: {}, "effective": HAS_LABELS}.get(layer, {"layers.source": layer})
        for found in self._collection.find(wanted, fields).sort("_id").batch_size(CHUNK):
            yield _to_labelled(found, layer)


@dataclass(frozen=True, slots=True)
class _Change:
    """The change of a trailer's labels: its `update`, None if they are the same.

    It `contests` a review that says otherwise; it `reopens` one that nothing contradicted before.
    """

    update: UpdateOne | None
    contests: bool
    reopens: bool


def _make_change(trailer: Document, labels: TrailerLabels, taxonomy: Taxonomy) -> _Change:
    before, stored = to_layers(trailer), trailer.get("labels") or {}
    time = next_time(before, now())
    layer = make_layer(labels, time, taxonomy)
    layers = add_layer(before, layer) if layer else before
    film = {"imdb_id": labels.imdb_id, "split": labels.split}
    beside = {f"labels.{name}": clean(value) for name, value in film.items() if value and value != stored.get(name)}
    changed = layers is not before or beside
    update = write_layers(trailer, layers, time=time, beside=beside) if changed else None
    contests = layer is not None and layer.source in {each.source for each in contested_by(layers)}
    return _Change(update, contests, reopens=bool(trailer.get("reviewed_at")) and reviewed_at(layers) is None)


def _to_labelled(found: Document, layer: TagLayer | None) -> LabelledTrailer:
    source, video = found.get("source") or {}, found.get("video") or {}
    labels = to_labels(found.get("labels"))
    its = next((each for each in to_layers(found) if each.source == layer), None)
    if its:
        labels = replace(labels, genres=its.genres, source=its.source, known=its.known)
    return LabelledTrailer(
        trailer_id=found["_id"],
        title=source.get("title"),
        url=source.get("url") or "",
        sha256=video.get("sha256") or "",
        labels=labels,
    )

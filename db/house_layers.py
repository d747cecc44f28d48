"""House layers: the tags of trailers in a house's own words, read again when another version of its taxonomy is in use.

A layer keeps its words as written, so it can be read again at any time; each has the version that it was read by, so
that a reading that was cut off goes on where it stopped.
"""

from collections.abc import Callable, Iterator, Sequence

from pymongo import UpdateOne

from classifier.taxonomy import HOUSE, Tags, Taxonomy, read_tags
from db.access import Document, Documents
from db.fields import now, to_document

CHUNK = 500
ROUNDS = 5
# The update of a trailer, beside its layers, that follows from these: those before and those after.
Consequences = Callable[[Sequence[Document], Sequence[Document]], Document]


class HouseLayers(Documents, of="trailers"):
    """The house layers in the documents of `trailers`."""

    def read_again(self, taxonomy: Taxonomy, consequences: Consequences) -> Iterator[list[str]]:
        """Read all house layers by a taxonomy, unless they were by it or a later one; yield the trailers of each chunk.

        A trailer's layers and their `consequences` are written at once, and only while the layers are as read.
        """
        after = ""
        while chunk := self._find(taxonomy, {"$gt": after}, limit=CHUNK):
            trailer_ids = [document["_id"] for document in chunk]
            for _ in range(ROUNDS):  # another process may have changed what was read
                changes = [_change(document, taxonomy, consequences) for document in chunk]
                self._collection.bulk_write(changes, ordered=False)
                if not (chunk := self._find(taxonomy, {"$in": trailer_ids})):
                    break
            yield trailer_ids
            after = trailer_ids[-1]

    def _find(self, taxonomy: Taxonomy, trailer_ids: Document, *, limit: int = 0) -> list[Document]:
        older = {"source": HOUSE, "taxonomy": {"$not": {"$gte": taxonomy.version}}}
        query = {"_id": trailer_ids, "layers": {"$elemMatch": older}}
        return self._collection.find(query, {"layers": 1}).sort("_id").limit(limit).to_list()


def tag_fields(tags: Tags) -> Document:
    """Return what a layer stores of tags."""
    fields: Document = to_document(tags)
    return {name: fields[name] for name in ("genres", "known", "words", "taxonomy", "offered")}


def read_layer(layer: Document, taxonomy: Taxonomy) -> Document:
    """Return a house layer as the taxonomy reads its words; one without words has its genres as they were written."""
    words = layer.get("words") or layer["genres"]
    return {**layer, **tag_fields(read_tags(words, HOUSE, taxonomy, layer.get("offered") or ()))}


def _change(trailer: Document, taxonomy: Taxonomy, consequences: Consequences) -> UpdateOne:
    before: list[Document] = trailer["layers"]
    after = [read_layer(layer, taxonomy) if layer["source"] == HOUSE else layer for layer in before]
    update = consequences(before, after)
    fields = {**update.get("$set", {}), "layers": after, "updated_at": now()}
    return UpdateOne({"_id": trailer["_id"], "layers": before}, {**update, "$set": fields})

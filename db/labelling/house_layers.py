"""House layers: the tags of trailers in a house's own words, read again when another version of its taxonomy is in use.

A layer keeps its words as written and the version that it was read by, so a reading that was cut off goes on.
"""

from collections.abc import Iterator
from itertools import islice

from classifier.taxonomy import HOUSE, Taxonomy
from db.access import Access, Document, Documents
from db.fields import now
from db.labelling.layer_documents import to_layers, write_layers
from db.labelling.layers import next_time, read_again
from db.verdicts import Verdicts

CHUNK = 500


class HouseLayers(Documents, of="trailers"):
    """The house layers in the documents of `trailers`."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._verdicts = Verdicts(access)

    def count_older(self, taxonomy: Taxonomy) -> int:
        """Return how many house layers were read by an earlier version."""
        return self._collection.count_documents(_older(taxonomy))

    def read_again(self, taxonomy: Taxonomy) -> Iterator[int]:
        """Read these layers by the taxonomy; yield the number of trailers of each chunk.

        A trailer that another process changes meanwhile is read again.
        """
        while chunk := list(islice(self._collection.find(_older(taxonomy), {"layers": 1, "labels": 1}), CHUNK)):
            changes = [
                write_layers(each, read_again(layers, taxonomy), time=next_time(layers, now()))
                for each in chunk
                if (layers := to_layers(each))
            ]
            done = self._collection.bulk_write(changes, ordered=False)
            self._verdicts.update(each["_id"] for each in chunk)
            yield done.matched_count


def _older(taxonomy: Taxonomy) -> Document:
    older = {"source": HOUSE, "taxonomy": {"$not": {"$gte": taxonomy.version}}}
    return {"layers": {"$elemMatch": older}}

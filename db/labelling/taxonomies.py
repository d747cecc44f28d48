"""The collection `taxonomies`: versions of the house taxonomy, counted from 1, never changed; the last is in use."""

import builtins
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from classifier.taxonomy import NO_TAXONOMY, Taxonomy
from db.access import SCHEMA_VERSION, Document, Documents
from db.errors import NotStored
from db.fields import now, to_document, to_record


@dataclass(frozen=True, slots=True)
class HouseWord:
    """A word as a house writes it, and the genres that it means; none if it is not a genre."""

    word: str
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxonomyRecord:
    """A version of the taxonomy; `name` is that of the file it was imported from."""

    version: int
    name: str
    words: tuple[HouseWord, ...]
    created_at: datetime

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy itself."""
        return Taxonomy({each.word: each.genres for each in self.words}, self.version)


class Taxonomies(Documents, of="taxonomies"):
    """Versions of the house taxonomy by number."""

    def add(self, taxonomy: Taxonomy, *, name: str) -> TaxonomyRecord:
        """Store a taxonomy as the next version, in use from now on; one equal to that in use is no new version."""
        words = [{"word": word, "genres": to_document(genres)} for word, genres in taxonomy.words.items()]
        while True:
            last = self._find()
            if last and last["words"] == words:
                return _to_taxonomy(last)
            document = {
                "_id": last["_id"] + 1 if last else 1,
                "schema_version": SCHEMA_VERSION,
                "name": to_document(name),
                "words": words,
                "created_at": now(),
            }
            with suppress(DuplicateKeyError):  # another process has just stored this version
                self._collection.insert_one(document)
                return _to_taxonomy(document)

    def current(self) -> Taxonomy:
        """Return the taxonomy in use, an empty one where none was imported."""
        last = self.last()
        return last.taxonomy if last else NO_TAXONOMY

    def last(self) -> TaxonomyRecord | None:
        """Return the version in use, None where none was imported."""
        found = self._find()
        return _to_taxonomy(found) if found else None

    def get(self, version: int | None = None) -> TaxonomyRecord:
        """Return a version, the one in use unless given; raises NotStored."""
        found = self._find(version)
        if found is None:
            wanted = "no taxonomy" if version is None else f"no version {version} of the taxonomy"
            raise NotStored(f"there is {wanted}; trailers taxonomy import FILE stores one")
        return _to_taxonomy(found)

    def list(self) -> builtins.list[TaxonomyRecord]:
        """Return all versions, the newest first."""
        return [_to_taxonomy(found) for found in self._collection.find().sort("_id", DESCENDING)]

    def _find(self, version: int | None = None) -> Document | None:
        return self._collection.find_one({} if version is None else {"_id": version}, sort=[("_id", DESCENDING)])


def _to_taxonomy(document: Document) -> TaxonomyRecord:
    return to_record(TaxonomyRecord, document, version=document["_id"])

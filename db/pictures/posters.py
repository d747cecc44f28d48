"""The collections `posters` and `poster_features`: pictures large enough for a backbone, and their features."""

from collections.abc import Collection

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray

from db.access import SCHEMA_VERSION, Access, Documents
from db.fields import clean, now, to_document
from db.records import KeptPoster
from extractor.features import Provenance


class Posters(Documents, of="posters"):
    """Posters by the sha256 of their files; a worker with a backbone adds their features."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._features = access.collection("poster_features")

    def save(self, poster: KeptPoster) -> None:
        """Write one whole document; a usable stored picture stays, a damaged one is replaced."""
        if self.find_usable([poster.sha256]):
            return
        self._access.require_room(len(poster.picture))
        document = {
            "_id": poster.sha256,
            "schema_version": SCHEMA_VERSION,
            "picture": Binary(poster.picture),
            "width": poster.width,
            "height": poster.height,
            "damage": None,
            "created_at": now(),
        }
        self._collection.replace_one({"_id": poster.sha256}, document, upsert=True)

    def find_usable(self, sha256s: Collection[str]) -> set[str]:
        """Return which of the posters are stored and not known to be damaged, in one query."""
        if not sha256s:
            return set()
        found = self._collection.find({"_id": {"$in": list(sha256s)}, "damage": None}, {"_id": 1})
        return {document["_id"] for document in found}

    def picture(self, sha256: str) -> bytes | None:
        """Return a stored picture, None if there is none."""
        document = self._collection.find_one({"_id": sha256}, {"picture": 1})
        return bytes(document["picture"]) if document else None

    def mark_damaged(self, sha256: str, message: str) -> None:
        """Mark a stored picture as unreadable, so that nothing waits for its features."""
        self._collection.update_one({"_id": sha256}, {"$set": {"damage": clean(message)[:1000]}})

    def save_vector(
        self, sha256: str, features_id: str, vector: NDArray[np.float32], *, provenance: Provenance
    ) -> None:
        """Write a poster's features, of shape (dim,), replacing older ones; raises ValueError unless all are finite."""
        if vector.ndim != 1 or not np.isfinite(vector).all():
            raise ValueError(f"a poster's vector must be finite numbers of shape (dim,), not of shape {vector.shape}")
        document = {
            "_id": _key(sha256, features_id),
            "schema_version": SCHEMA_VERSION,
            "poster_sha256": sha256,
            "features_id": features_id,
            "vector": Binary.from_vector(np.ascontiguousarray(vector, np.float32), BinaryVectorDtype.FLOAT32),
            "provenance": to_document(provenance),
            "created_at": now(),
        }
        self._features.replace_one({"_id": document["_id"]}, document, upsert=True)

    def vector(self, sha256: str, features_id: str) -> NDArray[np.float32] | None:
        """Return a poster's features, float32 of shape (dim,), None if there are none."""
        document = self._features.find_one({"_id": _key(sha256, features_id)}, {"vector": 1})
        return np.asarray(document["vector"].as_vector().data, dtype=np.float32) if document else None

    def has_vector(self, sha256: str, features_id: str) -> bool:
        """Return whether a poster has such features."""
        return self._features.find_one({"_id": _key(sha256, features_id)}, {"_id": 1}) is not None


def _key(sha256: str, features_id: str) -> str:
    return f"{sha256}/{features_id}"

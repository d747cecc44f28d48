"""The collections `posters` and `poster_features`: pictures large enough for a backbone, and what it made of them."""

from collections.abc import Collection

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray

from db.access import SCHEMA_VERSION, Access, Document
from db.documents import PROVENANCE, now
from db.fields import clean
from db.records import KeptPoster
from extractor.features import Provenance


class Posters:
    """Posters by the sha256 of their files, kept until somebody with a backbone looks at them, and after."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._collection = access.collection("posters")
        self._features = access.collection("poster_features")

    def keep(self, poster: KeptPoster) -> None:
        """Write one whole document; a picture that is there and sound stays, one that was damaged is replaced."""
        if self.usable([poster.sha256]):
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
        with self._access.errors():
            self._collection.replace_one({"_id": poster.sha256}, document, upsert=True)

    def usable(self, sha256s: Collection[str]) -> set[str]:
        """Return those of the posters whose pictures are kept and not known to be damaged, in one query."""
        if not sha256s:
            return set()
        with self._access.errors():
            found = self._collection.find({"_id": {"$in": list(sha256s)}, "damage": None}, {"_id": 1})
            return {document["_id"] for document in found}

    def picture(self, sha256: str) -> bytes | None:
        """Return a kept picture, None if it isn't there."""
        with self._access.errors():
            document = self._collection.find_one({"_id": sha256}, {"picture": 1})
        return bytes(document["picture"]) if document else None

    def mark_damaged(self, sha256: str, message: str) -> None:
        """Note that a kept picture can't be read, so that nobody waits for its features."""
        with self._access.errors():
            self._collection.update_one({"_id": sha256}, {"$set": {"damage": clean(message)[:1000]}})

    def save_vector(
        self, sha256: str, features_id: str, vector: NDArray[np.float32], *, provenance: Provenance
    ) -> None:
        """Write what a backbone made of a poster, of shape (dim,), whole and over an older one.

        Raises ValueError for numbers that are not finite.
        """
        if vector.ndim != 1 or not np.isfinite(vector).all():
            raise ValueError(f"a poster's vector must be finite numbers of shape (dim,), not of shape {vector.shape}")
        document = {
            "_id": _key(sha256, features_id),
            "schema_version": SCHEMA_VERSION,
            "poster_sha256": sha256,
            "features_id": features_id,
            "vector": Binary.from_vector(np.ascontiguousarray(vector, np.float32), BinaryVectorDtype.FLOAT32),
            "provenance": _provenance(provenance),
            "created_at": now(),
        }
        with self._access.errors():
            self._features.replace_one({"_id": document["_id"]}, document, upsert=True)

    def vector(self, sha256: str, features_id: str) -> NDArray[np.float32] | None:
        """Return what a backbone made of a poster, float32 of shape (dim,); None if none has looked at it."""
        with self._access.errors():
            document = self._features.find_one({"_id": _key(sha256, features_id)}, {"vector": 1})
        return np.asarray(document["vector"].as_vector().data, dtype=np.float32) if document else None

    def has_vector(self, sha256: str, features_id: str) -> bool:
        """Tell whether such a backbone has looked at a poster."""
        with self._access.errors():
            return self._features.find_one({"_id": _key(sha256, features_id)}, {"_id": 1}) is not None


def _key(sha256: str, features_id: str) -> str:
    return f"{sha256}/{features_id}"


def _provenance(provenance: Provenance) -> Document:
    made_by = {name: getattr(provenance, name) for name in PROVENANCE}
    return {**made_by, "versions": dict(provenance.versions)}

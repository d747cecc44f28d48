"""The collection `requests`: requests by their idempotency keys, for a day."""

from dataclasses import dataclass

from pymongo import ReturnDocument

from db.access import SCHEMA_VERSION, Documents
from db.fields import now

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """An earlier request: the digest of its body, and the id of the job made for it, None if it was interrupted."""

    body_sha256: str
    answer: str | None


class Requests(Documents, of="requests"):
    """Requests by the digest of the caller and their key."""

    def begin(self, key: str, *, body_sha256: str) -> KeptRequest | None:
        """Record a request; return the earlier one with this key, None if this is the first."""
        new = {"schema_version": SCHEMA_VERSION, "body_sha256": body_sha256, "answer": None, "created_at": now()}
        before = self._collection.find_one_and_update(
            {"_id": key}, {"$setOnInsert": new}, upsert=True, return_document=ReturnDocument.BEFORE
        )
        return KeptRequest(before["body_sha256"], before["answer"]) if before else None

    def answered(self, key: str, answer: str) -> None:
        """Record the id of the job made for a request."""
        self._collection.update_one({"_id": key}, {"$set": {"answer": answer}})

    def forget(self, key: str) -> None:
        """Free a key, unless a job was made under it."""
        self._collection.delete_one({"_id": key, "answer": None})

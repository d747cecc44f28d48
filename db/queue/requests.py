"""The collection `requests`: what was asked under which idempotency key, for a day."""

from dataclasses import dataclass

from pymongo import ReturnDocument

from db.access import SCHEMA_VERSION, Access
from db.documents import now

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request that came before: the digest of its body, and the id of what was made for it, None if it broke off."""

    body_sha256: str
    answer: str | None


class Requests:
    """Requests by the digest of who asked and the key they gave."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._collection = access.collection("requests")

    def begin(self, key: str, *, body_sha256: str) -> KeptRequest | None:
        """Note a request; return the one that came first under this key, None if it is this one."""
        new = {
            "schema_version": SCHEMA_VERSION,
            "body_sha256": body_sha256,
            "answer": None,
            "created_at": now(),
        }
        with self._access.errors():
            before = self._collection.find_one_and_update(
                {"_id": key}, {"$setOnInsert": new}, upsert=True, return_document=ReturnDocument.BEFORE
            )
        return KeptRequest(before["body_sha256"], before["answer"]) if before else None

    def answered(self, key: str, answer: str) -> None:
        """Note the id of what was made for a request."""
        with self._access.errors():
            self._collection.update_one({"_id": key}, {"$set": {"answer": answer}})

    def forget(self, key: str) -> None:
        """Have a key be free again, unless something was made under it."""
        with self._access.errors():
            self._collection.delete_one({"_id": key, "answer": None})

"""The collection `stills`: the pictures of a trailer, one a second, large enough to look at."""

from collections.abc import Sequence

from db.access import SCHEMA_VERSION, Documents
from db.fields import now


class Stills(Documents, of="stills"):
    """Stills by trailer_id."""

    def save(self, trailer_id: str, pictures: Sequence[bytes]) -> None:
        """Write one whole document of WebP pictures, second 0 first, replacing an older one; none delete it."""
        if not pictures:
            self._collection.delete_one({"_id": trailer_id})
            return
        self._access.require_room(sum(map(len, pictures)))
        document = {
            "_id": trailer_id,
            "schema_version": SCHEMA_VERSION,
            "n": len(pictures),
            "pictures": list(pictures),
            "created_at": now(),
        }
        self._collection.replace_one({"_id": trailer_id}, document, upsert=True)

    def count(self, trailer_id: str) -> int:
        """Return how many there are of a trailer."""
        found = self._collection.find_one({"_id": trailer_id}, {"n": 1})
        return int(found["n"]) if found else 0

    def picture(self, trailer_id: str, second: int) -> bytes | None:
        """Return the picture of a second, None if there is none."""
        found = self._collection.find_one({"_id": trailer_id}, {"pictures": {"$slice": [second, 1]}})
        return bytes(found["pictures"][0]) if found and found["pictures"] else None

"""The collection `placements`: what a library itself says of where a model's scores belong in it."""

from pymongo.errors import DuplicateKeyError

from db.access import SCHEMA_VERSION, Documents
from db.fields import to_document, to_record
from db.records import Estimate


class Placements(Documents, of="placements"):
    """Estimates by model and what they are of: a features_id, or `shares`."""

    def load(self, model_id: str, of: str) -> Estimate | None:
        """Return the estimate in effect, None if there is none."""
        document = self._collection.find_one({"_id": _key(model_id, of)})
        return to_record(Estimate, document) if document else None

    def of_model(self, model_id: str) -> list[Estimate]:
        """Return all estimates for a model."""
        found = self._collection.find({"model_id": model_id}).sort("_id")
        return [to_record(Estimate, document) for document in found]

    def save(self, estimate: Estimate, *, before: Estimate | None) -> Estimate:
        """Put an estimate in the place of the one `before`, unless another has; return the one in effect."""
        key = _key(estimate.model_id, estimate.of)
        document = {"_id": key, "schema_version": SCHEMA_VERSION, **to_document(estimate)}
        try:
            if before is None:
                self._collection.insert_one(document)
            else:
                self._collection.replace_one({"_id": key, "made_at": before.made_at}, document)
        except DuplicateKeyError:
            pass
        return to_record(Estimate, self._collection.find_one({"_id": key}) or document)


def _key(model_id: str, of: str) -> str:
    return f"{model_id}/{of}"

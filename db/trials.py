"""The collection `trials`: comparisons of a faster arithmetic with float32, for each weights file."""

from collections.abc import Mapping

from db.access import SCHEMA_VERSION, Documents
from db.fields import to_document, to_record
from extractor.networks.trial import Trial


class Trials(Documents, of="trials"):
    """The last trial of each weights file, kind of device (cpu, gpu) and precision."""

    def save(
        self, trial: Trial, *, weights_sha256: str, device: str, precision: str, versions: Mapping[str, str]
    ) -> None:
        """Store a trial, replacing the one before."""
        fields = {**to_document(trial), "versions": dict(versions)}
        key = {"weights_sha256": weights_sha256, "device": device, "precision": precision}
        document = {"schema_version": SCHEMA_VERSION, **key, **fields, "passed": not trial.objections}
        changes = [{"$set": {name: {"$literal": value} for name, value in document.items()}}]
        self._collection.update_one(
            {"_id": "/".join(key.values())}, [*changes, {"$set": {"created_at": "$$NOW"}}], upsert=True
        )

    def load(self, *, weights_sha256: str, device: str, precision: str) -> Trial | None:
        """Return the last trial, None if there was none."""
        document = self._collection.find_one({"_id": f"{weights_sha256}/{device}/{precision}"})
        return to_record(Trial, document) if document else None

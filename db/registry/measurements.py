"""The collection `measurements`: one document a model, from the wish to measure it to the report.

A worker's claim has a lease; each of its writes must still find its token, so that a second worker can do no harm.
"""

from collections.abc import Iterable
from contextlib import suppress

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from db.access import SCHEMA_VERSION, Document, Documents
from db.fields import now, to_document, to_record
from db.queue.job_documents import after_s, error_fields, to_error
from db.queue.job_records import JobError
from db.registry.measurement_records import Measurement, MeasurementBrief, MeasurementClaim, MeasurementReport

MAX_ATTEMPTS = 3
UNDER_WAY = ("waiting", "running")
POISONED = JobError(
    "poisoned",
    "permanent",
    f"the process that measured it died {MAX_ATTEMPTS} times: see the worker's log, then ask for it again",
)
FREE: Document = {"token": None, "until": None}


class Measurements(Documents, of="measurements"):
    """Measurements by `model_id`."""

    def get(self, model_id: str) -> Measurement | None:
        """Return the measurement of a model, None where nobody has asked for one."""
        found = self._collection.find_one({"_id": model_id})
        return _to_measurement(found) if found else None

    def list_briefs(self) -> dict[str, MeasurementBrief]:
        """Return all measurements in a line each, by model_id, without reading their curves."""
        lines = {"n_rows": "$report.found.n_rows", "macro_ap": "$report.found.figures.macro_ap"}
        fields = {"state": 1, **lines, "interval": "$report.found.intervals.macro_ap"}
        found = self._collection.find({}, fields).to_list()
        return {each["_id"]: to_record(MeasurementBrief, each, model_id=each["_id"]) for each in found}

    def find_missing(self, model_ids: Iterable[str]) -> list[str]:
        """Return those of the models that nobody has asked to measure, in their order."""
        wanted = list(model_ids)
        known = set(self._collection.distinct("_id", {"_id": {"$in": wanted}}))
        return [model_id for model_id in wanted if model_id not in known]

    def ask(self, model_id: str, *, by: str) -> Measurement:
        """Have a model measured; one that is under way goes on."""
        waits = {"state": "waiting", "asked_at": now(), "asked_by": by, "attempts": 0, "error": None, **FREE}
        wanted = {"_id": model_id, "state": {"$nin": list(UNDER_WAY)}}
        update = {"$set": {"schema_version": SCHEMA_VERSION, **waits}}
        with suppress(DuplicateKeyError):  # it is under way
            self._collection.update_one(wanted, update, upsert=True)
        return _to_measurement(self._collection.find_one({"_id": model_id}) or {"_id": model_id, **waits})

    def claim(self, token: str, *, lease_s: float) -> MeasurementClaim | None:
        """Return the claim of the measurement that has waited longest, or whose lease is over; None where none is.

        One whose worker has died three times has failed.
        """
        self._end_spent()
        free = {"$or": [{"state": "waiting"}, {"state": "running", **_IS_OVER}]}
        running = {
            "state": "running",
            "token": token,
            "until": after_s(lease_s),
            "attempts": {"$add": ["$attempts", 1]},
        }
        found = self._collection.find_one_and_update(free, [{"$set": running}], sort=[("asked_at", ASCENDING)])
        return MeasurementClaim(found["_id"], token) if found else None

    def renew(self, claim: MeasurementClaim, *, lease_s: float) -> bool:
        """Renew a lease; False where it was lost."""
        return self._write(claim, [{"$set": {"until": after_s(lease_s)}}])

    def finish(self, claim: MeasurementClaim, report: MeasurementReport) -> bool:
        """Store a report; False, and nothing stored, where the claim was lost."""
        return self._write(claim, {"$set": {"state": "done", "report": to_document(report), "error": None, **FREE}})

    def fail(self, claim: MeasurementClaim, error: JobError) -> bool:
        """Store an error: it waits again where that may pass and attempts are left; False where the claim was lost."""
        again = error.error_class == "retry"
        state = {"$cond": [{"$and": [again, {"$lt": ["$attempts", MAX_ATTEMPTS]}]}, "waiting", "failed"]}
        return self._write(claim, [{"$set": {"state": state, "error": {"$literal": error_fields(error)}, **FREE}}])

    def release(self, claim: MeasurementClaim) -> None:
        """Have it wait again, as if it had not been claimed."""
        attempts = {"$add": ["$attempts", -1]}
        self._write(claim, [{"$set": {"state": "waiting", "attempts": attempts, **FREE}}])

    def save(self, model_id: str, report: MeasurementReport, *, by: str) -> None:
        """Store the report of who has measured without a claim; a claim that there is, is lost."""
        done = {"state": "done", "asked_at": report.made_at, "asked_by": by, "attempts": 0, "error": None, **FREE}
        update = {"$set": {"schema_version": SCHEMA_VERSION, **done, "report": to_document(report)}}
        self._collection.update_one({"_id": model_id}, update, upsert=True)

    def remove(self, model_id: str) -> None:
        """Delete the measurement of a model."""
        self._collection.delete_one({"_id": model_id})

    def _end_spent(self) -> None:
        spent = {"state": "running", "attempts": {"$gte": MAX_ATTEMPTS}, **_IS_OVER}
        self._collection.update_many(spent, {"$set": {"state": "failed", "error": error_fields(POISONED), **FREE}})

    def _write(self, claim: MeasurementClaim, update: Document | list[Document]) -> bool:
        mine = {"_id": claim.model_id, "state": "running", "token": claim.token}
        return self._collection.update_one(mine, update).matched_count > 0


_IS_OVER: Document = {"$expr": {"$lt": ["$until", "$$NOW"]}}


def _to_measurement(document: Document) -> Measurement:
    return to_record(Measurement, document, model_id=document["_id"], error=to_error(document.get("error")))

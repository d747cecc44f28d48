"""The collection `models`, with their artefacts in GridFS, so that every worker host can load them."""

import builtins
import hashlib
import re
from datetime import timedelta

from bson import ObjectId
from gridfs import GridFSBucket
from pymongo import DESCENDING, ReturnDocument

from classifier.manifest import FORMAT, read_as
from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.errors import Damaged, NotStored
from db.fields import now, to_document, to_record
from db.records import ModelRecord

ABANDONED_AFTER = timedelta(days=1)
READABLE = {"format": FORMAT}  # models of other versions of Trailers stay stored, but can't be read here


class Models(Documents, of="models"):
    """Stored models by `model_id`, the sha256 of their artefact."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._files = GridFSBucket(access.database)

    def add(self, artefact: bytes, record: ModelRecord) -> None:
        """Store a model; adding it again changes nothing. Raises ValueError when the id isn't the artefact's.

        The file is written first, the document last: a crash leaves no document without its file.
        """
        digest = hashlib.sha256(artefact).hexdigest()
        if digest != record.model_id:
            raise ValueError(f"the artefact's sha256 is {digest}, not the model_id {record.model_id}")
        self._access.require_room(len(artefact))
        self._drop_half_written()
        if not self._has_file(record.model_id):
            self._files.upload_from_stream(record.model_id, artefact)
        document = _document(record)
        self._collection.update_one({"_id": record.model_id}, {"$setOnInsert": document}, upsert=True)
        if record.active:
            self.activate(record.model_id)

    def _has_file(self, model_id: str) -> bool:
        try:
            self.artefact(model_id)
        except (NotStored, Damaged):
            return False
        return True

    def _drop_half_written(self) -> None:
        """Delete the chunks that a crashed upload left more than a day ago."""
        old = ObjectId.from_datetime(now() - ABANDONED_AFTER)
        whole = self._access.collection("fs.files").distinct("_id")
        self._access.collection("fs.chunks").delete_many({"files_id": {"$lt": old, "$nin": whole}})

    def artefact(self, model_id: str) -> bytes:
        """Return the model's file; raises NotStored, or Damaged when its sha256 is wrong."""
        found = self._files.find({"filename": model_id}, sort={"uploadDate": -1}, limit=1).to_list()
        if not found:
            raise NotStored(_no_model(model_id))
        artefact: bytes = found[0].read()
        if hashlib.sha256(artefact).hexdigest() != model_id:
            raise Damaged(f"the file of model {model_id} is damaged: add the model again")
        return artefact

    def get(self, key: str) -> ModelRecord:
        """Return the one model with this id, this name or this beginning of an id; raises NotStored."""
        if not key:
            raise NotStored(_no_model(key))
        wanted = {**READABLE, "$or": [{"_id": {"$regex": f"^{re.escape(key)}"}}, {"name": key}]}
        found = self._collection.find(wanted).to_list()
        exact = [document for document in found if document["_id"] == key]
        named = [document for document in found if document["name"] == key]
        candidates = exact or named or found
        if len(candidates) != 1:
            raise NotStored(_not_one(key, candidates))
        return _to_model(candidates[0])

    def list(self) -> builtins.list[ModelRecord]:
        """Return all models, the newest first."""
        found = self._collection.find(READABLE).sort("created_at", DESCENDING).to_list()
        chosen = sorted((d for d in found if d["active"]), key=lambda d: d["activated_at"])
        in_use = {_use(document): document["_id"] for document in chosen}  # the latest wins
        return [_to_model({**d, "active": in_use.get(_use(d)) == d["_id"]}) for d in found]

    def in_use(self, features_id: str) -> builtins.list[ModelRecord]:
        """Return the active models for these features, one for each combination of modalities."""
        active = self._collection.find({**READABLE, "active": True}).sort("activated_at").to_list()
        found = [document for document in active if _use(document)[0] == read_as(features_id)]
        return builtins.list({document["card"]["modality"]: _to_model(document) for document in found}.values())

    def features_in_use(self) -> builtins.list[str]:
        """Return the ids of the features that have an active model."""
        return sorted(set(map(read_as, self._collection.distinct("features_id", {**READABLE, "active": True}))))

    def activate(self, model_id: str) -> ModelRecord:
        """Use this model for its features_id and modality from now on; raises NotStored.

        The new one is set before the older ones are cleared, and readers take the latest: a crash in between, or
        another activation at the same time, leaves exactly one active.
        """
        chosen = self._collection.find_one_and_update(
            {**READABLE, "_id": model_id},
            [{"$set": {"active": True, "activated_at": "$$NOW"}}],  # the server's clock: one for all hosts
            return_document=ReturnDocument.AFTER,
        )
        if chosen is None:
            raise NotStored(_no_model(model_id))
        older = {"$not": {"$gte": chosen["activated_at"]}}
        others = self._collection.find({**READABLE, "_id": {"$ne": model_id}, "active": True}).to_list()
        same = [document["_id"] for document in others if _use(document) == _use(chosen)]
        self._collection.update_many({"_id": {"$in": same}, "activated_at": older}, {"$set": {"active": False}})
        return _to_model(chosen)


def _document(record: ModelRecord) -> Document:
    """Return the document of a model that is not active yet."""
    document: Document = to_document(record)
    return {
        "_id": document.pop("model_id"),
        "schema_version": SCHEMA_VERSION,
        **document,
        "format": FORMAT,
        "active": False,
    }


def _to_model(document: Document) -> ModelRecord:
    features_id = read_as(document["features_id"])
    return to_record(ModelRecord, document, model_id=document["_id"], features_id=features_id)


def _use(document: Document) -> tuple[str, str]:
    return read_as(document["features_id"]), document["card"]["modality"]


def _no_model(key: str) -> str:
    return f"there is no model {key!r}: see `trailers models list`"


def _not_one(key: str, candidates: builtins.list[Document]) -> str:
    if not candidates:
        return _no_model(key)
    ids = ", ".join(document["_id"][:12] for document in candidates[:5])
    return f"{key!r} is ambiguous ({len(candidates)} models: {ids} ...): give more of the id"

"""The collection `models`, with their artefacts in GridFS, so that every worker host can load them."""

import builtins
import hashlib
import re
from datetime import timedelta

from bson import ObjectId
from gridfs import GridFSBucket
from pymongo import DESCENDING

from classifier.manifest import FORMAT, read_as
from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.errors import Damaged, NotStored
from db.fields import now, to_document, to_record
from db.records import ModelRecord
from db.registry.lineups import Lineup
from db.registry.model_changes import READABLE, Lineups, ModelChanges, in_use_of

ABANDONED_AFTER = timedelta(days=1)


class Models(Documents, of="models"):
    """Stored models by `model_id`, the sha256 of their artefact."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._files = GridFSBucket(access.database)
        self._changes = ModelChanges(access)

    def add(self, artefact: bytes, record: ModelRecord) -> None:
        """Store a model as a candidate; adding it again changes nothing. Raises ValueError for another's id.

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

    def _has_file(self, model_id: str) -> bool:
        try:
            self.artefact(model_id)
        except (NotStored, Damaged):
            return False
        return True

    def _drop_half_written(self) -> None:
        """Delete what a crashed upload or deletion left more than a day ago: chunks, and files of no model."""
        time = now() - ABANDONED_AFTER
        of_none = {"filename": {"$nin": self._collection.distinct("_id")}, "uploadDate": {"$lt": time}}
        for file in self._files.find(of_none).to_list():
            self._files.delete(file._id)
        old = ObjectId.from_datetime(time)
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
        return _to_model(candidates[0], self._changes.lineups())

    def list(self) -> builtins.list[ModelRecord]:
        """Return all models, the newest first."""
        lineups = self._changes.lineups()
        found = self._collection.find(READABLE).sort("created_at", DESCENDING).to_list()
        return [_to_model(document, lineups) for document in found]

    def in_use(self, features_id: str) -> builtins.list[ModelRecord]:
        """Return the models in use for these features, one for each combination of modalities."""
        lineups = self._changes.lineups()
        used = in_use_of(lineup for use, lineup in lineups.items() if use[0] == read_as(features_id))
        return [_to_model(document, lineups) for document in self._find(used)]

    def features_in_use(self) -> builtins.list[str]:
        """Return the ids of the features that have a model in use."""
        used = in_use_of(self._changes.lineups().values())
        return sorted({read_as(document["features_id"]) for document in self._find(used)})

    def _find(self, model_ids: builtins.list[str]) -> builtins.list[Document]:
        return self._collection.find({**READABLE, "_id": {"$in": model_ids}}).to_list()

    def delete(self, model_id: str) -> bool:
        """Delete a model with its file; False, and nothing deleted, where it is in use. Predictions stay.

        What is put to use at the same moment is found by one of the two: the document goes first, and comes back.
        """
        if self._is_in_use(model_id):
            return False
        document = self._collection.find_one_and_delete({"_id": model_id})
        if document is None:
            raise NotStored(_no_model(model_id))
        if self._is_in_use(model_id):
            self._collection.insert_one(document)
            return False
        for file in self._files.find({"filename": model_id}).to_list():
            self._files.delete(file._id)
        return True

    def _is_in_use(self, model_id: str) -> bool:
        return model_id in in_use_of(self._changes.lineups().values())


def _document(record: ModelRecord) -> Document:
    """Return the document of a candidate; `state` is what the history says."""
    document: Document = to_document(record)
    del document["state"], document["stands_in"]
    return {
        "_id": document.pop("model_id"),
        "schema_version": SCHEMA_VERSION,
        **document,
        "format": FORMAT,
        "active": False,
    }


def _to_model(document: Document, lineups: Lineups) -> ModelRecord:
    features_id, modality = read_as(document["features_id"]), document["card"]["modality"]
    lineup = lineups.get((features_id, modality), Lineup())
    state = lineup.state(document["_id"])
    fields = {"model_id": document["_id"], "features_id": features_id, "active": state == "in_use", "state": state}
    fields["stands_in"] = state == "in_use" and lineup.stands_in
    return to_record(ModelRecord, document, **fields)


def _no_model(key: str) -> str:
    return f"there is no model {key!r}: see `trailers models list`"


def _not_one(key: str, candidates: builtins.list[Document]) -> str:
    if not candidates:
        return _no_model(key)
    ids = ", ".join(document["_id"][:12] for document in candidates[:5])
    more = ", ..." if len(candidates) > 5 else ""
    return f"{key!r} is ambiguous ({len(candidates)} models: {ids}{more}): give the id of one (trailers models list)"

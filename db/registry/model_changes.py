"""The collection `model_changes`: every change of what is in use, one numbered document each, never changed.

The last change of a use that is not undone says which model is in use; `models.active` is a copy of it for other
programs. As a change's number is its document's id, of two changes at once one is made on top of the other.
"""

import builtins
from collections.abc import Callable, Iterable, Mapping

from pymongo.errors import DuplicateKeyError

from classifier.manifest import FORMAT
from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.errors import NotStored
from db.fields import now, to_document, to_record
from db.records import ChangeNote, ModelAction, ModelChange, ModelRecord
from db.registry.lineups import KEPT, Lineup, Use, make_lineups, use_of

READABLE = {"format": FORMAT}  # models of other versions of Trailers stay stored, but can't be read here
Lineups = Mapping[Use, Lineup]


class ModelChanges(Documents, of="model_changes"):
    """The history of what is in use, and the only way to change it."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._models = access.collection("models")

    def list(self) -> builtins.list[ModelChange]:
        """Return all changes, oldest first."""
        return [to_record(ModelChange, found, number=found["_id"]) for found in self._collection.find().sort("_id")]

    def lineups(self) -> dict[Use, Lineup]:
        """Return the lineup of each use that has changes."""
        return make_lineups(self.list())

    def put_to_use(self, model: ModelRecord, action: ModelAction, note: ChangeNote) -> ModelChange | None:
        """Use this model for its features_id and modality from now on; None where it is in use already.

        Raises NotStored.
        """

        def decide(lineups: Lineups) -> Document | None:
            lineup = lineups.get(use_of(model), Lineup())
            self._require(model.model_id)
            if lineup.in_use == model.model_id and not lineup.stands_in:
                return None
            return _change(model, action, note, before=lineup.in_use)

        change = self._append(decide)
        if change and not self._is_stored(model.model_id):  # deleted at the same moment
            self._append(lambda lineups: _undo(change, lineups, note))
            self._require(model.model_id)
        return change

    def start(self, model: ModelRecord, *, why: str) -> None:
        """Have a model stand in if none that can be read is in use for the same, or an older one stands in.

        A retired one does not.
        """

        def decide(lineups: Lineups) -> Document | None:
            lineup = lineups.get(use_of(model), Lineup())
            at_least = {"created_at": {"$gte": model.created_at}} if lineup.stands_in else {}
            if model.model_id in lineup.retired or (lineup.in_use and self._is_stored(lineup.in_use, at_least)):
                return None
            return _change(model, "initial", ChangeNote(by="", why=why), before=lineup.in_use)

        self._append(decide)

    def retire(self, model: ModelRecord, note: ChangeNote) -> ModelChange | None:
        """Take a model out of use, and out of the choice of those that stand in; None where that was done before."""

        def decide(lineups: Lineups) -> Document | None:
            lineup = lineups.get(use_of(model), Lineup())
            if model.model_id in lineup.retired:
                return None
            return _change(model, "retire", note, before=lineup.in_use)

        return self._append(decide)

    def roll_back(self, note: ChangeNote, *, to: ModelRecord | None = None) -> ModelChange | None:
        """Undo the last change that somebody made, or the last ones of a use back to a model that was in use.

        None where there is no such change. Raises NotStored where the model before it was deleted.
        """

        def decide(lineups: Lineups) -> Document | None:
            undone = _find_undone(lineups, to)
            if undone is None:
                return None
            if undone.before and not self._is_stored(undone.before):
                raise NotStored(
                    f"model {undone.before[:12]}, in use before, was deleted: go further back (trailers models "
                    "rollback --to MODEL) or choose one (trailers models use MODEL); see trailers models history"
                )
            return _undo(undone, lineups, note)

        return self._append(decide)

    def find_next_undone(self) -> ModelChange | None:
        """Return the change that a rollback would undo, None where there is none."""
        return _find_undone(self.lineups(), None)

    def adopt(self) -> None:
        """Begin the history of models that were in use before there was one; repeatable."""
        active = self._models.find({**READABLE, "active": True, "activated_at": {"$exists": True}})
        for document in active.sort("activated_at", -1).to_list():  # of two the latest is in use
            self.start(to_record(ModelRecord, document, model_id=document["_id"]), why=KEPT)

    def _require(self, model_id: str) -> None:
        if not self._is_stored(model_id):
            raise NotStored(f"model {model_id[:12]} is not stored (any more): see `trailers models list`")

    def _is_stored(self, model_id: str, more: Document | None = None) -> bool:
        return self._models.find_one({**READABLE, **(more or {}), "_id": model_id}, {"_id": 1}) is not None

    def _append(self, decide: Callable[[Lineups], Document | None]) -> ModelChange | None:
        """Append the change that `decide` makes of the present lineups, again if another change comes between."""
        while True:
            changes = self.list()
            fields = decide(make_lineups(changes))
            if fields is None:
                return None
            number = changes[-1].number + 1 if changes else 1
            document = {"_id": number, "schema_version": SCHEMA_VERSION, **fields, "created_at": now()}
            try:
                self._collection.insert_one(document)
            except DuplicateKeyError:
                continue
            self._show()
            return to_record(ModelChange, document, number=number)

    def _show(self) -> None:
        """Copy what is in use to the models' field `active`, again if it has changed meanwhile."""
        n_shown = 0
        while n_shown != len(changes := self.list()):
            used = in_use_of(make_lineups(changes).values())
            self._models.update_many({}, [{"$set": {"active": {"$in": ["$_id", used]}}}])
            n_shown = len(changes)


def in_use_of(lineups: Iterable[Lineup]) -> builtins.list[str]:
    """Return the models in use of some lineups."""
    return [lineup.in_use for lineup in lineups if lineup.in_use]


def _find_undone(lineups: Lineups, to: ModelRecord | None) -> ModelChange | None:
    """Return the change that a rollback undoes, with all later ones of its use."""
    if to is None:
        made = [change for lineup in lineups.values() for change in lineup.decisions]
        return max(made, key=lambda change: change.number, default=None)
    made_here = lineups.get(use_of(to), Lineup()).decisions
    return next((change for change in reversed(made_here) if change.before == to.model_id), None)


def _change(model: ModelRecord, action: ModelAction, note: ChangeNote, *, before: str | None) -> Document:
    features_id, modality = use_of(model)
    in_use = model.model_id if action != "retire" else None if before == model.model_id else before
    return {
        "action": action,
        "features_id": features_id,
        "modality": modality,
        "model_id": model.model_id,
        "before": before,
        "in_use": in_use,
        "undoes": None,
        **to_document(note),
    }


def _undo(undone: ModelChange, lineups: Lineups, note: ChangeNote) -> Document | None:
    """Return the rollback that undoes a change and all later ones of its use; None where it is undone already."""
    lineup = lineups[undone.features_id, undone.modality]
    if undone not in lineup.changes:
        return None
    return {
        "action": "rollback",
        "features_id": undone.features_id,
        "modality": undone.modality,
        "model_id": undone.model_id,
        "before": lineup.in_use,
        "in_use": undone.before,
        "undoes": undone.number,
        **to_document(note),
    }

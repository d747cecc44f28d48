"""Lineups: the model in use and the retired ones of each features_id and modality, by the history of their changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from classifier.manifest import read_as
from db.records import ModelChange, ModelRecord, ModelState

KEPT = "it was in use before there was a history"
Use = tuple[str, str]  #: a features_id as it is read today, and the modality


@dataclass(frozen=True, slots=True)
class Lineup:
    """The changes of one use that nobody has undone, oldest first."""

    changes: tuple[ModelChange, ...] = ()

    @property
    def in_use(self) -> str | None:
        """The model in use, None for none."""
        return self.changes[-1].in_use if self.changes else None

    @property
    def stands_in(self) -> bool:
        """Whether the model in use came there by itself, as those that ship do."""
        return bool(self.changes) and self.changes[-1].action == "initial" and self.changes[-1].why != KEPT

    @property
    def retired(self) -> frozenset[str]:
        """The models that were taken out of use, and not put to use again since."""
        last = {change.model_id: change.action for change in self.changes}
        return frozenset(model_id for model_id, action in last.items() if action == "retire")

    @property
    def decisions(self) -> tuple[ModelChange, ...]:
        """The changes that can be undone: those that somebody made."""
        return tuple(change for change in self.changes if change.action != "initial")

    def state(self, model_id: str) -> ModelState:
        """Return what a model of this use is at present."""
        if model_id == self.in_use:
            return "in_use"
        return "retired" if model_id in self.retired else "candidate"

    def after(self, change: ModelChange) -> "Lineup":
        """Return the lineup after one more change."""
        if change.undoes is None:
            return Lineup((*self.changes, change))
        return Lineup(tuple(each for each in self.changes if each.number < change.undoes))


def make_lineups(changes: Iterable[ModelChange]) -> dict[Use, Lineup]:
    """Return the lineup of each use that has changes, which come oldest first."""
    lineups: dict[Use, Lineup] = {}
    for change in changes:
        use = read_as(change.features_id), change.modality
        lineups[use] = lineups.get(use, Lineup()).after(change)
    return lineups


def use_of(record: ModelRecord) -> Use:
    """Return what a model is for."""
    return read_as(record.features_id), record.card.modality

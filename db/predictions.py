"""The collection `predictions`: what each model has predicted for each trailer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

from pymongo import DESCENDING

from classifier.prediction import GenrePrediction
from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import now, to_document, to_record
from db.indexes import MODELS_BY_TRAILER, NEWEST_FIRST
from db.queue.job_documents import after_s
from db.records import PredictionBasis
from db.verdicts import Verdicts

Part = TypeVar("Part")
NO_INPUTS: Mapping[str, str] = {}
LongPart = Literal["evidence", "words", "timeline", "alone", "contributions"]
EMPTY: Mapping[LongPart, object] = {"evidence": (), "words": (), "timeline": {}, "alone": {}, "contributions": {}}


class Predictions(Documents, of="predictions"):
    """Predictions by trailer, model, features and modalities."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._verdicts = Verdicts(access)

    def save(self, trailer_id: str, prediction: GenrePrediction, *, inputs: Mapping[str, str] = NO_INPUTS) -> None:
        """Write one whole document, replacing an older one; raises ValueError for a genre that can't name a field.

        `inputs` are the digests of the poster and plot it was made from.
        """
        check_genres(prediction)
        document = prediction_document(trailer_id, prediction, inputs=inputs)
        self._collection.replace_one({"_id": document["_id"]}, document, upsert=True)
        self._verdicts.update([trailer_id])

    def load(self, trailer_id: str, basis: PredictionBasis) -> GenrePrediction | None:
        """Return the trailer's last prediction if it has exactly this basis, else None.

        An older one is made again, so that the answer that was asked for last is the one shown.
        """
        document = self._collection.find_one({"trailer_id": trailer_id}, sort=NEWEST_FIRST)
        return to_record(GenrePrediction, document) if document and _has_basis(document, trailer_id, basis) else None

    def find(self, trailer_id: str, basis: PredictionBasis) -> GenrePrediction | None:
        """Return the prediction of this model with these modalities, whatever the plot or poster was."""
        document = self._collection.find_one({"_id": _key(trailer_id, basis)})
        return to_record(GenrePrediction, document) if document else None

    def remove_old(self, beginning: str, *, older_than_s: float) -> None:
        """Delete the predictions that are so old, of ids that begin so."""
        too_old = {"$lt": ["$created_at", after_s(-older_than_s)]}
        self._collection.delete_many({"trailer_id": {"$regex": f"^{beginning}"}, "$expr": too_old})

    def check_existing(self, wanted: Sequence[tuple[str, PredictionBasis]]) -> list[bool]:
        """Return for each trailer_id and basis whether `load` would find such a prediction, in one query."""
        steps: list[Document] = [
            {"$match": _about({trailer_id for trailer_id, _ in wanted})},
            {"$sort": dict(NEWEST_FIRST)},
            {"$group": {"_id": "$trailer_id", "key": {"$first": "$_id"}, "inputs": {"$first": "$inputs"}}},
        ]
        found = self._collection.aggregate(steps, allowDiskUse=True)
        last = {it["_id"]: {"_id": it["key"], "inputs": it["inputs"]} for it in found}
        return [_has_basis(last.get(trailer_id, {}), trailer_id, basis) for trailer_id, basis in wanted]

    def latest(self, trailer_id: str) -> GenrePrediction | None:
        """Return the prediction written last for a trailer, None if there is none."""
        return self.latest_for([trailer_id]).get(trailer_id)

    def latest_for(
        self, trailer_ids: Iterable[str], *, model_id: str | None = None, without: Sequence[LongPart] = ()
    ) -> dict[str, GenrePrediction]:
        """Return, in one query, the prediction written last for each trailer that has any, or any by the model.

        The parts named by `without` are not read: they are empty.
        """
        by_model = {"model_id": model_id} if model_id else {}
        steps: list[Document] = [
            {"$match": _about(trailer_ids) | by_model},
            {"$sort": dict(NEWEST_FIRST)},
            {"$group": {"_id": "$trailer_id", "latest": {"$first": "$$ROOT"}}},
            *({"$unset": f"latest.{part}"} for part in without),
        ]
        found = self._collection.aggregate(steps, allowDiskUse=True).to_list()
        empty = {part: EMPTY[part] for part in without}
        return {group["_id"]: to_record(GenrePrediction, group["latest"], **empty) for group in found}

    def load_inputs(self, trailer_ids: Iterable[str]) -> dict[str, list[Mapping[str, str]]]:
        """Return the inputs of each prediction, for those of the trailers that have any."""
        found = self._collection.find(_about(trailer_ids), {"_id": 0, "trailer_id": 1, "inputs": 1})
        return _by_trailer(found, _inputs)

    def load_scores(self, trailer_ids: Iterable[str]) -> dict[str, list[GenrePrediction]]:
        """Return in one query all predictions of these trailers, newest first, without their long parts."""
        found = self._collection.find(_about(trailer_ids), dict.fromkeys(EMPTY, 0))
        return _by_trailer(found.sort("created_at", DESCENDING), _to_brief)

    def load_bare(self, trailer_ids: Iterable[str]) -> dict[str, list[GenrePrediction]]:
        """Return in one query all predictions of these trailers, newest first, with model_id and features_id alone."""
        fields = {"_id": 0, "trailer_id": 1, "model_id": 1, "features_id": 1}
        found = self._collection.find(_about(trailer_ids), fields).hint(MODELS_BY_TRAILER)
        return _by_trailer(found.sort(NEWEST_FIRST), _to_brief)


def _about(trailer_ids: Iterable[str]) -> Document:
    return {"trailer_id": {"$in": list(trailer_ids)}}


def _by_trailer(documents: Iterable[Document], convert: Callable[[Document], Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for document in documents:
        found.setdefault(document["trailer_id"], []).append(convert(document))
    return found


def _to_brief(document: Document) -> GenrePrediction:
    return to_record(GenrePrediction, {"genres": (), "evidence": (), "timeline": {}, **document})


def _key(trailer_id: str, basis: PredictionBasis) -> str:
    return "/".join((trailer_id, basis.model_id, basis.features_id, "+".join(basis.modalities)))


def _has_basis(document: Document, trailer_id: str, basis: PredictionBasis) -> bool:
    return document.get("_id") == _key(trailer_id, basis) and _inputs(document) == basis.inputs


def _inputs(document: Document) -> Mapping[str, str]:
    inputs: Mapping[str, str] = document.get("inputs") or {}  # older documents have none
    return inputs


def check_genres(prediction: GenrePrediction) -> None:
    """Raise ValueError for a genre that can't be the name of a field of `timeline`."""
    for genre in (*prediction.timeline, *(score.genre for score in prediction.genres)):
        if not genre or genre.startswith("$") or "." in genre or "\0" in genre:
            raise ValueError(f"{genre!r} can't name a genre: use no '.', no NUL and no '$' at the start")


def prediction_document(trailer_id: str, prediction: GenrePrediction, *, inputs: Mapping[str, str]) -> Document:
    """Return the whole prediction document; `inputs` are the digests of the poster and plot it was made from."""
    basis = PredictionBasis(prediction.model_id, prediction.features_id, prediction.modalities)
    return {
        "_id": _key(trailer_id, basis),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        **to_document(prediction),
        "inputs": dict(inputs),
        "created_at": now(),
    }

"""The collection `predictions`: the answer of each model about each trailer."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING

from classifier.prediction import GenrePrediction
from db.access import Access, Document
from db.documents import prediction_document, prediction_key, to_prediction

NEWEST_FIRST = {"trailer_id": ASCENDING, "created_at": DESCENDING}


class Predictions:
    """Predictions by trailer, model, features and modalities."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept = access.collection("predictions")

    def save(self, trailer_id: str, prediction: GenrePrediction) -> None:
        """Write one whole document over an older one; raises ValueError for a genre no field can have."""
        check_genres(prediction)
        document = prediction_document(trailer_id, prediction)
        with self._access.errors():
            self._kept.replace_one({"_id": document["_id"]}, document, upsert=True)

    def load(
        self, trailer_id: str, *, model_id: str, features_id: str, modalities: tuple[str, ...] = ("trailer",)
    ) -> GenrePrediction | None:
        """Return this very prediction, None if it was never made."""
        key = prediction_key(trailer_id, model_id, features_id, modalities)
        with self._access.errors():
            document = self._kept.find_one({"_id": key})
        return to_prediction(document) if document else None

    def known(
        self, trailer_ids: Iterable[str], *, model_id: str, features_id: str, modalities: tuple[str, ...] = ("trailer",)
    ) -> set[str]:
        """Return those of the trailers that have this model's prediction from these features."""
        keys = [prediction_key(trailer_id, model_id, features_id, modalities) for trailer_id in trailer_ids]
        with self._access.errors():
            return {document["trailer_id"] for document in self._kept.find({"_id": {"$in": keys}}, {"trailer_id": 1})}

    def latest(self, trailer_id: str) -> GenrePrediction | None:
        """Return the prediction written last for a trailer, None if there is none."""
        return self.latest_for([trailer_id]).get(trailer_id)

    def latest_for(self, trailer_ids: Iterable[str]) -> dict[str, GenrePrediction]:
        """Return, in one query, the prediction written last for each trailer that has any."""
        steps: list[Document] = [
            {"$match": {"trailer_id": {"$in": list(trailer_ids)}}},
            {"$sort": NEWEST_FIRST},
            {"$group": {"_id": "$trailer_id", "latest": {"$first": "$$ROOT"}}},
        ]
        with self._access.errors():
            found = self._kept.aggregate(steps, allowDiskUse=True).to_list()
        return {group["_id"]: to_prediction(group["latest"]) for group in found}

    def judged(self, trailer_ids: Iterable[str]) -> set[str]:
        """Return those of the trailers that have any prediction."""
        with self._access.errors():
            found = self._kept.find({"trailer_id": {"$in": list(trailer_ids)}}, {"_id": 0, "trailer_id": 1})
            return {document["trailer_id"] for document in found}

    def verdicts(self, trailer_ids: Iterable[str]) -> dict[str, list[GenrePrediction]]:
        """Return in one query all predictions of these trailers, newest first, without evidence and timeline."""
        verdicts: dict[str, list[GenrePrediction]] = {}
        with self._access.errors():
            found = self._kept.find({"trailer_id": {"$in": list(trailer_ids)}}, {"evidence": 0, "timeline": 0})
            for document in found.sort("created_at", DESCENDING):
                brief = to_prediction({**document, "evidence": [], "timeline": {}})
                verdicts.setdefault(document["trailer_id"], []).append(brief)
        return verdicts


def check_genres(prediction: GenrePrediction) -> None:
    """Raise ValueError for a genre that queries could not name as a field of `timeline`."""
    for genre in (*prediction.timeline, *(score.genre for score in prediction.genres)):
        if not genre or genre.startswith("$") or "." in genre or "\0" in genre:
            raise ValueError(f"{genre!r} can't name a genre: use no '.', no NUL and no '$' at the start")

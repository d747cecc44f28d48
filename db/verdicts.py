"""Verdicts in brief, one in each document of `trailers`, so that the library can be searched and reviewed by them.

A verdict is computed again from the newest prediction and the labels whenever one of them changes, never written from
memory: computed twice, or by two processes at once, it is the same.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne

from classifier.usefulness import find_nearest
from db.access import Access, Document, Documents
from db.fields import now, row_labels, to_labels
from db.records import TrailerLabels

CHUNK = 500
ROUNDS = 5
N_TOP = 3


class Verdicts(Documents, of="trailers"):
    """Verdicts in brief by trailer_id."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._predictions = access.collection("predictions")

    def update(self, trailer_ids: Iterable[str]) -> None:
        """Give these trailers the verdict that follows from their newest prediction and their labels."""
        waiting = iter(trailer_ids)
        while chunk := list(islice(waiting, CHUNK)):
            for _ in range(ROUNDS):  # what was read may have changed before it was written
                if not (chunk := self._update_once(chunk)):
                    break

    def update_missing(self) -> None:
        """Do so for all trailers without a verdict, or with one that an older program wrote."""
        found = self._collection.find({"verdict.closeness": None}, {"_id": 1})
        self.update(document["_id"] for document in found)

    def _update_once(self, trailer_ids: Collection[str]) -> list[str]:
        """Write the verdicts that differ; return the trailers to try again, since another process changed them."""
        fields = {"labels": 1, "verdict": 1}
        found = self._collection.find({"_id": {"$in": list(trailer_ids)}}, fields).to_list()
        newest = self._newest([document["_id"] for document in found])
        changes = {
            document["_id"]: change
            for document in found
            if document["_id"] in newest and (change := _change(document, newest[document["_id"]]))
        }
        if not changes:
            return []
        done = self._collection.bulk_write(list(changes.values()), ordered=False)
        return [] if done.matched_count == len(changes) else list(changes)

    def _newest(self, trailer_ids: Collection[str]) -> dict[str, Document]:
        brief = {name: f"${name}" for name in ("model_id", "features_id", "modalities", "genres", "created_at")}
        steps: list[Document] = [
            {"$match": {"trailer_id": {"$in": list(trailer_ids)}}},
            {"$sort": {"trailer_id": ASCENDING, "created_at": DESCENDING}},
            {"$group": {"_id": "$trailer_id", "newest": {"$first": brief}}},
        ]
        return {group["_id"]: group["newest"] for group in self._predictions.aggregate(steps)}


def _change(trailer: Document, prediction: Document) -> UpdateOne | None:
    """Return the update, which applies only while labels and verdict are as read; None if nothing changes."""
    verdict = _verdict(prediction, to_labels(trailer.get("labels")))
    before = trailer.get("verdict")
    if before == verdict:
        return None
    as_read = {"_id": trailer["_id"], "labels": trailer.get("labels"), "verdict": before}
    return UpdateOne(as_read, {"$set": {"verdict": verdict}, "$max": {"updated_at": now()}})


def _verdict(prediction: Document, labels: TrailerLabels) -> Document:
    genres: list[dict[str, Any]] = prediction["genres"]  # in rank order
    disputed = _disputed(genres, labels)
    nearest = find_nearest((genre["genre"], genre["score"], genre["threshold"]) for genre in genres)
    return {
        "model_id": prediction["model_id"],
        "features_id": prediction["features_id"],
        "modalities": prediction["modalities"],
        "scores": {genre["genre"]: genre["score"] for genre in genres},
        "passed": [genre["genre"] for genre in genres if genre["passed"]],
        "top": [genre["genre"] for genre in genres[:N_TOP]],
        "made_at": prediction["created_at"],
        "disagreement": max(disputed.values(), default=0.0),
        "disputed": sorted(disputed, key=lambda genre: -disputed[genre]),
        "closeness": nearest,
        "uncertainty": max(nearest.values(), default=0.0),
    }


def _disputed(genres: list[dict[str, Any]], labels: TrailerLabels) -> dict[str, float]:
    """Return |label - score| of each genre about which labels and verdict differ; unknown labels never differ."""
    row = row_labels(labels)
    named, known = row.named, row.decided
    return {
        genre["genre"]: abs((genre["genre"] in named) - genre["score"])
        for genre in genres
        if genre["genre"] in known and (genre["genre"] in named) != genre["passed"]
    }

"""The verdict in brief that each document of `trailers` carries, so that a library can be searched by it.

It is worked out again from the newest prediction and the labels whenever one of them changes, never written from
memory: done twice, or by two processes at once, it comes out the same.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne

from db.access import Access, Document
from db.fields import row_labels, to_labels
from db.records import TrailerLabels

CHUNK = 500
ROUNDS = 5
N_TOP = 3


class Verdicts:
    """Verdicts in brief by trailer_id."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._trailers = access.collection("trailers")
        self._predictions = access.collection("predictions")

    def settle(self, trailer_ids: Iterable[str]) -> None:
        """Have these trailers carry the verdict that their newest prediction and their labels amount to."""
        waiting = iter(trailer_ids)
        while chunk := list(islice(waiting, CHUNK)):
            for _ in range(ROUNDS):  # what was read may have changed before it was written
                if not (chunk := self._settle(chunk)):
                    break

    def settle_all(self) -> None:
        """Do so for all trailers that carry none, as those of an older program."""
        with self._access.errors():
            found = self._trailers.find({"verdict": None}, {"_id": 1})
            self.settle(document["_id"] for document in found)

    def _settle(self, trailer_ids: Collection[str]) -> list[str]:
        """Write the verdicts that differ; return the trailers that somebody else was changing."""
        with self._access.errors():
            fields = {"labels": 1, "verdict": 1}
            found = self._trailers.find({"_id": {"$in": list(trailer_ids)}}, fields).to_list()
            newest = self._newest([document["_id"] for document in found])
            changes = {
                document["_id"]: change
                for document in found
                if document["_id"] in newest and (change := _change(document, newest[document["_id"]]))
            }
            if not changes:
                return []
            done = self._trailers.bulk_write(list(changes.values()), ordered=False)
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
    """Return the update, which holds only as long as labels and verdict are what they were; None if all is well."""
    verdict = _verdict(prediction, to_labels(trailer.get("labels")))
    before = trailer.get("verdict")
    if before == verdict:
        return None
    as_read = {"_id": trailer["_id"], "labels": trailer.get("labels"), "verdict": before}
    return UpdateOne(as_read, {"$set": {"verdict": verdict}})


def _verdict(prediction: Document, labels: TrailerLabels) -> Document:
    genres: list[dict[str, Any]] = prediction["genres"]  # in rank order
    disputed = _disputed(genres, labels)
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
    }


def _disputed(genres: list[dict[str, Any]], labels: TrailerLabels) -> dict[str, float]:
    """Return |label - score| of each genre that labels and verdict judge otherwise; unknown labels differ from none."""
    row = row_labels(labels)
    named, told = row.named, row.told
    return {
        genre["genre"]: abs((genre["genre"] in named) - genre["score"])
        for genre in genres
        if genre["genre"] in told and (genre["genre"] in named) != genre["passed"]
    }

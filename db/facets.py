"""Facets: how many of a query's trailers are of each kind, counted in one pass over their documents."""

from collections.abc import Mapping
from dataclasses import fields

from db.access import Document
from db.library_records import NO_TAGS, Facets

LONGEST_MIN = 5  # trailers of so many minutes and longer are counted as one
PASSED: Document = {"$ifNull": ["$verdict.passed", []]}
DISPUTED: Document = {"$ifNull": ["$verdict.disputed", []]}


def _named(name: str, values: Document) -> Document:
    """Return an expression for the values of a facet, each under its name."""
    return {"$map": {"input": values, "in": {"$concat": [name, ":", {"$toString": "$$this"}]}}}


def _one(value: object) -> Document:
    """Return an expression for a list of one value, empty where it is null."""
    return {"$filter": {"input": [value], "cond": {"$ne": ["$$this", None]}}}


VALUES: Mapping[str, Document] = {
    "verdict": PASSED,
    "tags": {"$ifNull": ["$labels.genres", []]},
    "missing": {"$setIntersection": [DISPUTED, PASSED]},
    "extra": {"$setDifference": [DISPUTED, PASSED]},
    "tag_source": _one({"$ifNull": ["$labels.source", NO_TAGS]}),
    "reviewed": _one({"$gt": ["$reviewed_at", None]}),
    "disagree": _one({"$gt": ["$verdict.disagreement", 0]}),
    "model": _one({"$ifNull": ["$verdict.model_id", None]}),
    "years": _one({"$subtract": ["$year", {"$mod": ["$year", 10]}]}),
    "lengths": _one({"$min": [{"$toInt": {"$divide": ["$video.duration_s", 60]}}, LONGEST_MIN]}),
}
STEPS: list[Document] = [
    {"$project": {"_id": 0, "of": {"$concatArrays": [["n:"], *(_named(*each) for each in VALUES.items())]}}},
    {"$unwind": "$of"},
    {"$sortByCount": "$of"},
]


def to_facets(groups: list[Document]) -> Facets:
    """Return the facets that STEPS have counted, the most frequent first, equal ones by name."""
    counts: dict[str, dict[str, int]] = {each.name: {} for each in fields(Facets)}
    for group in sorted(groups, key=lambda each: (-each["count"], each["_id"])):
        name, _, value = group["_id"].partition(":")
        counts[name][value] = group["count"]
    n = counts.pop("n").get("", 0)
    return Facets(n=n, **counts)

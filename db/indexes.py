"""Indexes of all collections, made at the first connection and again when this list changes, with the migrations."""

import hashlib
from datetime import UTC, datetime

from pymongo import ASCENDING, DESCENDING, GEO2D, IndexModel

from db.access import SCHEMA_VERSION, Access, Document
from db.errors import NewerData, RestoreUnfinished
from db.migrations.steps import migrate
from db.queue.requests import KEPT_S

# The fields after the order let a claim skip jobs of other hosts, paused sites and later times without reading them;
# the last one covers what `Pace` counts of the waiting jobs.
CLAIM_ORDER = [("lane", ASCENDING), ("stage", ASCENDING), ("priority", DESCENDING), ("created_at", ASCENDING)]
# Covers `Features.counts`: no document, with its megabyte of vectors, needs to be read.
FRAME_COUNTS = [("trailer_id", ASCENDING), ("features_id", ASCENDING), ("n_frames", ASCENDING)]
# Only finished jobs and batches with webhooks to be sent are in it.
NEWS = {"finished_at": {"$type": "date"}, "next_delivery.at": {"$type": "date"}}
# Covers `Features.pooled` up to where it reads the documents that are new.
TIMES_WRITTEN = [("features_id", ASCENDING), ("created_at", ASCENDING), ("trailer_id", ASCENDING)]
# Covers `Predictions.load_bare`: no document, with its timelines, needs to be read.
NEWEST_FIRST = [("trailer_id", ASCENDING), ("created_at", DESCENDING)]
MODELS_BY_TRAILER = [*NEWEST_FIRST, ("model_id", ASCENDING), ("features_id", ASCENDING)]
# The queue of what is nobody's, without reading what is assigned to others.
WAITING = [("assigned.to", ASCENDING), ("reviewed_at", ASCENDING)]
# Covers what `Pace` counts: of the jobs that were worked on, when each ended, how, and which lanes it went through.
ENDS = [("finished_at", DESCENDING), ("stage", ASCENDING), ("first_lane", ASCENDING), ("ended_in", ASCENDING)]
MARKER: Document = {"_id": "schema"}  # the document of `meta` that says of which version the data is
INDEXES = {
    "trailers": [
        IndexModel([("updated_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("source.site", ASCENDING), ("source.video_id", ASCENDING)]),
        IndexModel([("labels.imdb_id", ASCENDING)], sparse=True),
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
        *(
            IndexModel([(name, ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)])
            for name in ("verdict.passed", "verdict.disputed", "verdict.model_id", "labels.genres", "labels.source")
        ),
        IndexModel([("verdict.scores.$**", ASCENDING)]),
        IndexModel([("reviewed_at", ASCENDING), ("verdict.disagreement", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("verdict.disagreement", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("words.title", ASCENDING)]),
        IndexModel([("words.plot", ASCENDING)], sparse=True),
        IndexModel([("words.identity", ASCENDING)], sparse=True),
        IndexModel([("external_ids", ASCENDING)], sparse=True),
        IndexModel([("film_id", ASCENDING)], sparse=True),
        IndexModel([("order.title", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("order.year", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([*WAITING, ("verdict.disagreement", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([*WAITING, ("verdict.uncertainty", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("skipped.by", ASCENDING)], sparse=True),
        IndexModel([("place", GEO2D)]),  # sparse, as all of its kind are
    ],
    "features": [
        IndexModel([("trailer_id", ASCENDING), ("features_id", ASCENDING)], unique=True),
        IndexModel(FRAME_COUNTS),
        IndexModel(TIMES_WRITTEN),
    ],
    "predictions": [IndexModel(MODELS_BY_TRAILER)],
    **{name: [IndexModel([("created_at", ASCENDING)])] for name in ("filmstrips", "stills")},
    "poster_features": [IndexModel([("poster_sha256", ASCENDING)])],
    "jobs": [
        IndexModel([*CLAIM_ORDER, *((name, ASCENDING) for name in ("scratch", "site", "not_before", "updated_at"))]),
        IndexModel(ENDS, partialFilterExpression={"ended_in": {"$type": "string"}}),
        IndexModel([("stage", ASCENDING), ("updated_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("updated_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("batches", ASCENDING), ("stage", ASCENDING)]),
        IndexModel([("error.code", ASCENDING)], sparse=True),
        IndexModel([("lease.token", ASCENDING)], sparse=True),
        IndexModel([("video.scratch", ASCENDING)], sparse=True),
        IndexModel([("trailer_id", ASCENDING)]),
        IndexModel([("asked_by", ASCENDING), ("stage", ASCENDING)], sparse=True),
        IndexModel([("next_delivery.at", ASCENDING), ("next_delivery.host", ASCENDING)], partialFilterExpression=NEWS),
    ],
    "reviews": [
        IndexModel([("trailer_id", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("reviewer", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("undoes", ASCENDING)], sparse=True),
    ],
    "requests": [IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEPT_S)],
    "batch_rows": [IndexModel([("trailer_id", ASCENDING)], sparse=True)],
    "batches": [
        IndexModel(
            [("sha256", ASCENDING), ("folder", ASCENDING), ("mode", ASCENDING), ("round", DESCENDING)], unique=True
        ),
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("next_delivery.id", ASCENDING)], sparse=True),
        IndexModel([("next_delivery.at", ASCENDING), ("next_delivery.host", ASCENDING)], partialFilterExpression=NEWS),
    ],
}


def ensure_schema(access: Access) -> int | None:
    """Make the indexes and bring the data to this version, unless `meta` says that it is so: then this costs one read.

    Return the version before, None where `meta` has none. Raises NewerData, or RestoreUnfinished.
    """
    marker = access.collection("meta").find_one(MARKER) or {}
    if restoring := marker.get("restoring"):
        raise RestoreUnfinished(
            f"a restore of {restoring['file']} was cut off, so the data at {access.where} is half there: run trailers "
            "db restore with that file, or another backup, again"
        )
    version = marker.get("schema_version", 1)
    if version > SCHEMA_VERSION:
        raise NewerData(
            f"the data at {access.where} is of version {version}, this program reads up to {SCHEMA_VERSION}: "
            "update Trailers, or name another database with MONGODB_URI or TRAILERS_HOME"
        )
    if version < SCHEMA_VERSION or marker.get("indexes") != fingerprint():
        bring_up_to_date(access)
    return marker.get("schema_version")


def bring_up_to_date(access: Access) -> None:
    """Make the indexes, and take the steps from the version that `meta` names to this one."""
    meta = access.collection("meta")
    version = (meta.find_one(MARKER) or {}).get("schema_version", 1)
    for name, indexes in INDEXES.items():
        access.collection(name).create_indexes(indexes)
    migrate(access, version=version)
    made = {"$set": {"indexes": fingerprint(), "made_at": datetime.now(UTC)}}
    meta.update_one(MARKER, made, upsert=True)


def fingerprint() -> str:
    """Return a digest of the list of indexes."""
    listed = repr([(name, [index.document for index in indexes]) for name, indexes in INDEXES.items()])
    return hashlib.sha256(listed.encode()).hexdigest()[:16]

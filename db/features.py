"""The collection `features`: one document for each trailer and features_id, written whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray
from pymongo import ASCENDING, DESCENDING

from db.access import SCHEMA_VERSION, Document, Documents
from db.errors import Damaged
from db.fields import now, to_document, to_record
from db.indexes import FRAME_COUNTS, TIMES_WRITTEN
from extractor.features import FrameFeatures, Provenance, marks_left_out
from extractor.limits import MAX_FRAMES

_VECTOR_HEAD = 2  # bytes of a BSON vector before its numbers: their type and padding
NUMPY_TYPES = {"float16": "<f2", "float32": "<f4"}
MAX_KEPT = {"float16": MAX_FRAMES, "float32": 2000}  # a document holds at most 16 MiB
LARGEST_FLOAT16 = 65504
POOLED_AT_ONCE = 256  # 2 MB
LISTED_AT_ONCE = 1000
NONE_KNOWN: Mapping[str, datetime] = {}
LOADED_AT_ONCE = 16  # documents in one answer of the server: 10 MB of trailers of 150 seconds


class Features(Documents, of="features"):
    """Frame features by trailer_id and features_id."""

    def save(self, trailer_id: str, features: FrameFeatures, *, dtype: str = "float16") -> None:
        """Write one whole document, replacing an older one; raises ValueError for features that it can't hold.

        `dtype` float16 halves the size of float32 and costs 2.1e-4 (relative).
        """
        check(features, dtype=dtype)
        document = features_document(trailer_id, features, dtype=dtype)
        self._access.require_room(len(document["vectors"]))
        self._collection.replace_one({"_id": document["_id"]}, document, upsert=True)

    def load(self, trailer_id: str, features_id: str) -> FrameFeatures | None:
        """Return the features with float32 vectors, None if there are none."""
        document = self._collection.find_one({"_id": features_key(trailer_id, features_id)})
        return to_features(document) if document else None

    def n_frames(self, trailer_id: str, features_id: str) -> int | None:
        """Return the number of frames of such features, None if there are none; reads no vectors."""
        return self.counts([trailer_id]).get((trailer_id, features_id))

    def counts(self, trailer_ids: Iterable[str]) -> dict[tuple[str, str], int]:
        """Return the number of frames by trailer_id and features_id, in one query that reads no vectors."""
        fields = {"_id": 0, "trailer_id": 1, "features_id": 1, "n_frames": 1}
        found = self._collection.find({"trailer_id": {"$in": list(trailer_ids)}}, fields).hint(FRAME_COUNTS)
        return {(it["trailer_id"], it["features_id"]): int(it["n_frames"]) for it in found}

    def marks(self, features_id: str, trailer_ids: Iterable[str]) -> dict[str, dict[str, tuple[int, ...]]]:
        """Return the seconds by kind that don't count of such features of these trailers; reads no vectors."""
        keys = [features_key(trailer_id, features_id) for trailer_id in trailer_ids]
        fields = {"_id": 0, "trailer_id": 1, "n_frames": 1, "damaged": 1, "marks": 1}
        found = self._collection.find({"_id": {"$in": keys}}, fields)
        return {it["trailer_id"]: marks_left_out(_marks(it), _intact(it)) for it in found}

    def cuts(self, trailer_id: str, features_id: str) -> tuple[int, ...] | None:
        """Return the seconds before which the shot changes, None where that is not known; reads no vectors."""
        found = self._collection.find_one({"_id": features_key(trailer_id, features_id)}, {"cuts": 1})
        return _cuts(found) if found else None

    def count(self, features_id: str, *, after: datetime | None = None) -> int:
        """Return how many trailers have features of this id, written since `after`; reads no vectors."""
        since = {} if after is None else {"created_at": {"$gte": after}}
        return self._collection.count_documents({"features_id": features_id, **since}, hint=TIMES_WRITTEN)

    def dim(self, features_id: str) -> int:
        """Return how many numbers vectors of this id have, 0 if there are none; reads no vectors."""
        found = self._collection.find_one({"features_id": features_id}, {"dim": 1}, hint=TIMES_WRITTEN)
        return int(found["dim"]) if found else 0

    def ids(self, trailer_id: str) -> list[str]:
        """Return the features_ids stored for a trailer, the last written one first."""
        return list(self.times(trailer_id))

    def times(self, trailer_id: str) -> dict[str, datetime]:
        """Return when the features of a trailer were written, by features_id, the last written ones first."""
        found = self._collection.find({"trailer_id": trailer_id}, {"features_id": 1, "created_at": 1})
        return {each["features_id"]: each["created_at"] for each in found.sort("created_at", DESCENDING)}

    def kinds(self) -> Mapping[str, int]:
        """Return all features_ids, each with its number of trailers; reads no vectors."""
        steps: list[Document] = [{"$group": {"_id": "$features_id", "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
        return {it["_id"]: int(it["n"]) for it in self._collection.aggregate(steps, hint=dict(FRAME_COUNTS))}

    def load_all(self, trailer_ids: Sequence[str], features_id: str) -> Iterator[tuple[str, FrameFeatures]]:
        """Yield the stored features of these trailers, in the order of trailer_id, one at a time."""
        keys = [features_key(trailer_id, features_id) for trailer_id in trailer_ids]
        for document in self._collection.find({"_id": {"$in": keys}}).sort("_id").batch_size(LOADED_AT_ONCE):
            yield document["trailer_id"], to_features(document)

    def pooled(
        self, features_id: str, *, after: datetime | None = None, known: Mapping[str, datetime] = NONE_KNOWN
    ) -> Iterator[tuple[str, datetime, NDArray[np.float32]]]:
        """Yield trailer_id, time written and mean over frames of features written since `after`, in that order.

        The mean is of shape (dim,). Of trailers that are `known` as written at that time nothing is read.
        """
        since = {} if after is None else {"created_at": {"$gte": after}}
        fields = {"_id": 0, "trailer_id": 1, "created_at": 1}
        listed = self._collection.find({"features_id": features_id, **since}, fields).hint(TIMES_WRITTEN)
        # In small batches: a cursor that is idle for ten minutes is closed.
        times = listed.sort([("created_at", ASCENDING), ("trailer_id", ASCENDING)]).batch_size(LISTED_AT_ONCE)
        new = (it["trailer_id"] for it in times if known.get(it["trailer_id"]) != it["created_at"])
        while chunk := list(islice(new, POOLED_AT_ONCE)):
            keys = [features_key(trailer_id, features_id) for trailer_id in chunk]
            found = self._collection.find({"_id": {"$in": keys}}, {**fields, "_id": 1, "dim": 1, "pooled": 1})
            for document in sorted(found, key=lambda it: (it["created_at"], it["trailer_id"])):
                yield document["trailer_id"], document["created_at"], to_pooled(document)

    def stale(self, features_id: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each trailer that has features but none with this id, and the ids it has; reads no vectors."""
        fields = {"_id": 0, "trailer_id": 1, "features_id": 1}
        found = self._collection.find({}, fields).hint(FRAME_COUNTS).sort(FRAME_COUNTS)
        for trailer_id, documents in groupby(found, key=lambda document: str(document["trailer_id"])):
            ids = tuple(document["features_id"] for document in documents)
            if features_id not in ids:
                yield trailer_id, ids


def check(features: FrameFeatures, *, dtype: str) -> None:
    """Raise ValueError for features that one document of this `dtype` can't hold exactly enough."""
    if dtype not in NUMPY_TYPES:
        raise ValueError(f"dtype must be float16 or float32, not {dtype!r}")
    if len(features) > MAX_KEPT[dtype]:
        raise ValueError(f"{len(features)} frames are too many: at most {MAX_KEPT[dtype]} fit as {dtype}")
    if not np.array_equal(features.seconds, np.arange(len(features))):
        raise ValueError("seconds must be 0, 1, 2, ...: the frame rule is one frame for each whole second")
    largest = float(np.abs(features.vectors).max())  # NaN if any is NaN
    if not np.isfinite(largest):
        raise ValueError("vectors hold NaN or infinity: the backbone failed, analyse the trailer again")
    if dtype == "float16" and largest > LARGEST_FLOAT16:
        raise ValueError(f"vectors reach {largest:g}, float16 only 65504: save with dtype='float32'")


def features_key(trailer_id: str, features_id: str) -> str:
    """Return the `_id` of a features document."""
    return f"{trailer_id}/{features_id}"


def features_document(trailer_id: str, features: FrameFeatures, *, dtype: str) -> Document:
    """Return the whole features document; `dtype` is how the vectors are kept, float16 or float32."""
    vectors = np.ascontiguousarray(features.vectors, dtype=NUMPY_TYPES[dtype])  # (frames, dim)
    return {
        "_id": features_key(trailer_id, features.features_id),
        "schema_version": SCHEMA_VERSION,
        "trailer_id": trailer_id,
        "features_id": features.features_id,
        "provenance": to_document(features.provenance),
        "n_frames": len(features),
        "damaged": list(features.damaged),
        "marks": to_document(features.marks),
        "cuts": None if features.cuts is None else list(features.cuts),
        "warnings": list(features.warnings),
        "dim": vectors.shape[1],
        "dtype": dtype,
        "vectors": Binary(vectors.tobytes()),
        "pooled": Binary.from_vector(features.pooled, BinaryVectorDtype.FLOAT32),
        "created_at": now(),
    }


def to_features(document: Document) -> FrameFeatures:
    """Return the features of a document, with float32 vectors; raises Damaged for a damaged one."""
    return FrameFeatures(
        features_id=document["features_id"],
        vectors=_vectors(document),
        seconds=np.arange(document["n_frames"], dtype=np.float64),
        provenance=to_record(Provenance, document["provenance"]),
        damaged=tuple(document.get("damaged", ())),
        warnings=tuple(document.get("warnings", ())),
        marks=_marks(document),
        cuts=_cuts(document),
    )


def _intact(document: Document) -> set[int]:
    return set(range(document["n_frames"])).difference(document.get("damaged", ()))


def _marks(document: Document) -> dict[str, tuple[int, ...]]:
    return {kind: tuple(seconds) for kind, seconds in document.get("marks", {}).items()}  # older documents have none


def _cuts(document: Document) -> tuple[int, ...] | None:
    cuts = document.get("cuts")  # older documents have none
    return None if cuts is None else tuple(cuts)


def _vectors(document: Document) -> NDArray[np.float32]:
    shape = (document["n_frames"], document["dim"])
    stored = np.frombuffer(document["vectors"], NUMPY_TYPES[document["dtype"]])
    if stored.size != shape[0] * shape[1]:
        raise Damaged(
            f"the features {document['_id']!r} are damaged: {stored.size} numbers, not {shape[0]}x{shape[1]}: "
            "analyse the trailer again with --force"
        )
    return stored.reshape(shape).astype(np.float32)  # (frames, dim)


def to_pooled(document: Document) -> NDArray[np.float32]:
    """Return the mean over frames of a features document, of shape (dim,); raises Damaged for a damaged one."""
    pooled = np.frombuffer(document["pooled"], "<f4", offset=_VECTOR_HEAD)
    if len(pooled) != document["dim"]:
        raise Damaged(f"the pooled features {document['_id']!r} are damaged: analyse the trailer again with --force")
    return pooled

"""The collection `trailers`: what is known about each trailer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from numpy.typing import NDArray
from pymongo import UpdateOne

from db.access import SCHEMA_VERSION, Access, Document, Documents
from db.fields import now, to_document, to_record
from db.identities import Identities
from db.identity import IdentityEdit
from db.labelling.labels import Labels
from db.queue.job_documents import inputs_document
from db.queue.job_records import Inputs
from db.records import HeardSpeech, KeptSound, LabelUpdate, StoredInputs, Trailer, TrailerLabels
from db.words import find_words, title_words


@dataclass(frozen=True, slots=True, eq=False)
class HeardSound:
    """What a trailer sounds like: a vector of shape (dim,), None where there is no sound, and in which video."""

    features_id: str
    video_sha256: str
    vector: NDArray[np.float32] | None


class Trailers(Documents, of="trailers"):
    """Trailers by `trailer_id`."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._labels = Labels(access)
        self._identities = Identities(access)

    def save(self, trailer: Trailer, speech: HeardSpeech | None = None, sound: HeardSound | None = None) -> None:
        """Write source and video, and what is said and what it sounds like where that was heard; all else stays.

        Raises ValueError for a sound whose numbers are not finite.
        """
        time = now()
        heard: Document = {"speech": to_document(speech)} if speech else {}
        heard |= {"sound": _sound_document(sound)} if sound else {}
        change: Mapping[str, Document] = {
            "$set": {**trailer_fields(trailer), **heard, "updated_at": time},
            "$setOnInsert": {"created_at": time},
        }
        self._collection.update_one({"_id": trailer.trailer_id}, change, upsert=True)
        self._identities.update([trailer.trailer_id])

    def read_sounds(self, trailer_ids: Iterable[str], *, features_id: str) -> dict[str, NDArray[np.float32]]:
        """Return what those of the trailers sound like that have sound and such features, float32 of shape (dim,)."""
        wanted = {"_id": {"$in": list(trailer_ids)}, "sound.features_id": features_id, "sound.vector": {"$ne": None}}
        found = self._collection.find(wanted, {"sound.vector": 1})
        return {
            document["_id"]: np.asarray(document["sound"]["vector"].as_vector().data, dtype=np.float32)
            for document in found
        }

    def add_inputs(self, trailer_id: str, inputs: Inputs) -> None:
        """Add the identity, genres, plot and poster of a trailer; fields that are not given stay as they were.

        A trailer that is not stored is skipped: it has no features.
        """
        self.add_all_inputs([(trailer_id, inputs)])

    def add_all_inputs(self, inputs: Iterable[tuple[str, Inputs]]) -> LabelUpdate:
        """Add the inputs of several trailers, by trailer_id; their genres are a layer beside those there are."""
        documents = [(trailer_id, each, inputs_document(each)) for trailer_id, each in inputs]
        writes = [
            UpdateOne({"_id": trailer_id}, {"$set": {**change, "updated_at": now()}})
            for trailer_id, each, document in documents
            if (change := _film_fields(each, document))
        ]
        if writes:
            self._collection.bulk_write(writes, ordered=True)
        update = self._labels.update({trailer_id: _labels(each) for trailer_id, each, _ in documents})
        self._identities.add((trailer_id, _identity_edit(each)) for trailer_id, each, _ in documents)
        return update

    def read_inputs(self, trailer_ids: Iterable[str]) -> dict[str, StoredInputs]:
        """Return the stored inputs of those of the trailers that are stored, in one query."""
        fields = dict.fromkeys(("plot", "poster.sha256", "source.description", "source.title", "title", "year"), 1)
        fields |= dict.fromkeys(("speech.text", "sound.features_id", "sound.video_sha256", "sound.sha256"), 1)
        found = self._collection.find({"_id": {"$in": list(trailer_ids)}}, fields).to_list()
        return {document["_id"]: _to_inputs(document) for document in found}


def trailer_fields(trailer: Trailer) -> Document:
    """Return the fields of a trailer that a save sets."""
    return {
        "schema_version": SCHEMA_VERSION,
        "source": to_document(trailer.source),
        "video": to_document(trailer.video),
        "words.title": title_words(trailer.source),
    }


def _sound_document(sound: HeardSound) -> Document:
    kept, vector = KeptSound(sound.features_id, sound.video_sha256), None
    if sound.vector is not None:
        if sound.vector.ndim != 1 or not np.isfinite(sound.vector).all():
            raise ValueError(f"a sound must be finite numbers of shape (dim,), not of shape {sound.vector.shape}")
        vector = Binary.from_vector(np.ascontiguousarray(sound.vector, np.float32), BinaryVectorDtype.FLOAT32)
        kept = replace(kept, sha256=sha256(vector).hexdigest())
    return {**to_document(kept), "vector": vector}


def _to_inputs(document: Document) -> StoredInputs:
    source = document.get("source") or {}
    return StoredInputs(
        plot=document.get("plot"),
        poster_sha256=(document.get("poster") or {}).get("sha256"),
        description=source.get("description"),
        title=document.get("title"),
        year=document.get("year"),
        page_title=source.get("title"),
        speech=(document.get("speech") or {}).get("text"),
        sound=to_record(KeptSound, sound) if (sound := document.get("sound")) else None,
    )


def _labels(inputs: Inputs) -> TrailerLabels:
    """Return the labels that inputs give."""
    return TrailerLabels(
        genres=inputs.genres,
        source=inputs.label_source,
        split=inputs.split,
        list=inputs.label_list,
        offered=inputs.offered,
    )


def _identity_edit(inputs: Inputs) -> IdentityEdit:
    """Return the changes of a trailer's identity that inputs make."""
    return IdentityEdit(
        external_ids=inputs.external_ids,
        title=inputs.title,
        year=inputs.year,
        imdb_id=inputs.imdb_id,
        film=inputs.film,
        franchise=inputs.franchise,
        metadata=inputs.metadata,
    )


def _film_fields(inputs: Inputs, document: Document) -> Document:
    """Return the plot and poster that inputs set."""
    fields: Document = {
        "plot": document.get("plot"),
        "words.plot": find_words(document.get("plot")),
        "poster": {"sha256": inputs.poster_sha256, "file": document.get("poster")} if inputs.poster_sha256 else None,
    }
    return {name: value for name, value in fields.items() if value}

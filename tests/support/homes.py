"""A home folder with a real database, and our command run in this process on it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db.records import Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store, open_store
from extractor.features import FrameFeatures, Provenance
from extractor.networks.weights import given_weights
from worker.cli import main


class Home:
    """A home whose weights are no network: enough for all that computes no features."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.weights = folder / "weights.h5"
        self.features_id = given_weights(self.weights).features_id

    def empty(self) -> None:
        """Forget all that is stored, in the database and beside it."""
        empty(self.store)
        for path in set(self.folder.iterdir()) - {self.folder / "db", self.weights}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have our commands work in this home, with Inception-V3's features."""
        monkeypatch.setenv("TRAILERS_HOME", str(self.folder))
        monkeypatch.setenv("TRAILERS_WEIGHTS", str(self.weights))
        monkeypatch.setenv("TRAILERS_BACKBONE", "inception_v3")

    def documents(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the documents of a collection by their ids."""
        return {document["_id"]: document for document in self.store._access.database[name].find()}

    def add(
        self,
        trailer_id: str,
        *,
        title: str | None = None,
        labels: TrailerLabels | None = None,
        features_id: str | None = None,
        n_frames: int = 3,
    ) -> FrameFeatures:
        """Store a made-up trailer with features."""
        site, _, name = trailer_id.partition(":")
        seed = int.from_bytes(trailer_id.encode()[-6:], "big")
        vectors = np.random.default_rng(seed).gamma(0.5, 0.8, (n_frames, 2048)).astype(np.float16)
        made_by = Provenance("inception_v3", "00", "r1", "float32", {})
        features = FrameFeatures(
            features_id or self.features_id, vectors.astype(np.float32), np.arange(n_frames, dtype=np.float64), made_by
        )
        video = VideoRecord(float(n_frames), 640, 360, 24.0, "h264", 1000, name.ljust(64, "0"))
        self.store.trailers.save(Trailer(trailer_id, Source(f"https://example/{name}", site, name, title), video))
        self.store.labels.update({trailer_id: labels} if labels else {})
        self.store.features.save(trailer_id, features)
        return features


def empty(store: Store) -> None:
    """Forget all that is stored but keep the indexes: a fresh database costs thirty times as much."""
    database = store._access.database
    for name in database.list_collection_names():
        if name == "system.profile":
            database[name].drop()
        elif name != "meta" and not name.startswith("system."):
            database[name].delete_many({})


@contextmanager
def open_home(folder: Path) -> Iterator[Home]:
    """Make a home and hold its database open, so that the commands of a test find it running."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.h5").write_bytes(b"no network")
    with open_store(uri=None, home=folder) as store:
        yield Home(folder, store)


class Command:
    """Our command in this process: gives exit code, stdout and stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return status, captured.out, captured.err

    def json(self, *arguments: object) -> tuple[int, dict[str, Any]]:
        """Run a command with --json that prints one object; return its exit code and the object."""
        status, out, _ = self(*arguments, "--json")
        return status, json.loads(out)

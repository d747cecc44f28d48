"""Features of a collection of posters, cached in chunks so that an interrupted run goes on where it stopped."""

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPoster
from extractor.networks.backbone import Backbone
from extractor.networks.weights import file_digest
from extractor.posters import MAX_BYTES, VIEWS_RULE, infer_posters, read_poster
from worker.errors import WorkerError
from worker.learning.kept_vectors import Chunk, load_chunks, save_chunk

BATCH = 16  # posters, three frames each
CHUNK = 32 * BATCH


@dataclass(frozen=True, slots=True)
class PosterFeatures:
    """One row for each poster that could be read: `vectors` is float32 of shape (posters, dim)."""

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    n_bad: int
    sha256: str


Reader = Callable[[str], bytes]


def extract_posters(
    posters: Path,
    names: Sequence[str],
    backbone: Backbone,
    *,
    cache: Path,
    on_progress: Callable[[int, int | None], None],
) -> PosterFeatures:
    """Return the features of the named files of a zip or folder; unreadable ones are counted, not raised.

    Finished chunks are in `cache` under the digest of the collection, the features_id and the rule of the views. Raises
    WorkerError (file_not_found, bad_source) when there is no such collection or none of the named files can be read.
    """
    with open_collection(posters) as (present, read, sha256):
        wanted = [name for name in dict.fromkeys(names) if name in present]
        if not wanted:
            raise WorkerError("bad_source", f"none of the labelled files is in {str(posters)!r}; check --file-column")
        folder = cache / f"{sha256[:16]}-{backbone.features_id}-{VIEWS_RULE}"
        cached = load_chunks(folder)
        missing = [name for name in wanted if name not in cached]
        for start in range(0, len(missing), CHUNK):
            on_progress(len(wanted) - len(missing) + start, len(wanted))
            chunk = _extract_chunk(missing[start : start + CHUNK], read, backbone)
            save_chunk(folder, chunk, dim=backbone.dim)
            cached |= chunk
    good = [name for name in wanted if cached[name] is not None]
    if not good:
        raise WorkerError("bad_source", f"none of the labelled files of {str(posters)!r} can be read")
    vectors = np.stack([vector for name in good if (vector := cached[name]) is not None])  # (posters, dim)
    return PosterFeatures(tuple(good), vectors, len(wanted) - len(good), sha256)


def _extract_chunk(names: Sequence[str], read: Reader, backbone: Backbone) -> Chunk:
    chunk: Chunk = dict.fromkeys(names)
    for start in range(0, len(names), BATCH):
        frames: dict[str, NDArray[np.uint8]] = {}
        for name in names[start : start + BATCH]:
            try:
                frames[name] = read_poster(read(name), size=backbone.frame_size)
            except BadPoster:
                continue
        if frames:
            chunk |= dict(zip(frames, infer_posters(backbone, np.stack(list(frames.values()))), strict=True))
    return chunk


@contextmanager
def open_collection(posters: Path) -> Iterator[tuple[frozenset[str], Reader, str]]:
    """Give the names in a zip or folder, a function that reads one, and a digest of the collection."""
    if posters.is_dir():
        files = sorted(path for path in posters.rglob("*") if path.is_file())
        names = [path.relative_to(posters).as_posix() for path in files]
        sizes = "\n".join(f"{name} {path.stat().st_size}" for name, path in zip(names, files, strict=True))
        yield frozenset(names), lambda name: (posters / name).read_bytes(), hashlib.sha256(sizes.encode()).hexdigest()
        return
    if not posters.exists():
        raise WorkerError("file_not_found", f"there is no file or folder {str(posters)!r}; check the path")
    neither = WorkerError("bad_source", f"{str(posters)!r} is neither a zip nor a folder of posters")
    if not posters.is_file():
        raise neither
    try:
        archive = zipfile.ZipFile(posters)
    except zipfile.BadZipFile as exc:
        raise neither from exc
    with archive:
        lock = threading.Lock()  # ZipFile counts its open members without one

        def read(name: str) -> bytes:
            with lock, archive.open(name) as member:
                return member.read(MAX_BYTES + 1)

        yield frozenset(archive.namelist()), read, file_digest(posters, "sha256")

"""KeptHeads: the heads that a training has finished, so that one that was cut off goes on from there."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.errors import UnsafeModel
from classifier.heads.base import Head
from classifier.heads.kinds import HeadSpec, describe, restore_head
from classifier.manifest import decode
from classifier.whole_file import whole_file

_SPEC, _ARRAYS = "head.json", "head.npz"


@dataclass(frozen=True, slots=True)
class Finished:
    """A head that is fitted, and how many seconds it took."""

    head: HeadSpec
    seconds: float


class KeptHeads:
    """Finished heads and checkpoints of one training in `folder`; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def checkpoints(self, kind: str) -> Path | None:
        """Return the folder for a fit's own checkpoints, made if need be."""
        if self._folder is None:
            return None
        folder = self._folder / "checkpoints" / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def save(self, kind: str, head: Head, *, seconds: float) -> None:
        """Keep a finished head and how long it took, whole or not at all; its checkpoints are no longer needed."""
        if self._folder is None:
            return
        spec, arrays = describe(head)
        finished = json.dumps(asdict(Finished(spec, seconds))).encode()
        content = pack({_SPEC: finished, _ARRAYS: pack_arrays(arrays)})
        self._folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self._path(kind)) as part:
            part.write_bytes(content)
        shutil.rmtree(self._folder / "checkpoints" / kind, ignore_errors=True)

    def load(self, kind: str) -> tuple[Head, float] | None:
        """Return a head that was finished before with its seconds of fitting, None if there is no valid one."""
        if self._folder is None or not self._path(kind).is_file():
            return None
        try:
            with self._path(kind).open("rb") as file:
                members = unpack(file.read(MAX_BYTES + 1), names=(_SPEC, _ARRAYS))
            finished = decode(Finished, members[_SPEC])
            return restore_head(finished.head, unpack_arrays(members[_ARRAYS])), finished.seconds
        except (UnsafeModel, OSError):
            return None  # a damaged one is fitted again

    def _path(self, kind: str) -> Path:
        assert self._folder is not None  # noqa: S101 - asked only where there is a folder
        return self._folder / f"{kind}.zip"

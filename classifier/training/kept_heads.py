"""KeptHeads: the heads that a training has finished, so that one that was cut off goes on from there."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.data.dataset import Dataset
from classifier.errors import UnsafeModel
from classifier.heads.base import Examples, Head, Monitor
from classifier.heads.kinds import HeadSpec, describe
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

    def fit(
        self,
        name: str,
        head: Head,
        data: Dataset,
        *,
        validation: Examples | None = None,
        monitor: Callable[[], Monitor],
    ) -> tuple[Head, float]:
        """Return the head finished under this name, or else `head` fitted now, and its seconds of fitting."""
        file = self._folder / f"{name}.zip" if self._folder else None
        if file and (found := _load(file, head)):
            return found
        begun, heard = time.perf_counter(), monitor()
        heard.checkpoints = file.parent / "checkpoints" / name if file else None
        head.fit(data.X, data.Y, known=data.known, validation=validation, monitor=heard)
        seconds = time.perf_counter() - begun
        if file:
            _save(file, head, seconds)
            shutil.rmtree(file.parent / "checkpoints" / name, ignore_errors=True)
        return head, seconds


def _save(file: Path, head: Head, seconds: float) -> None:
    """Write the head whole or not at all."""
    spec, arrays = describe(head)
    finished = json.dumps(asdict(Finished(spec, seconds))).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as part:
        part.write_bytes(pack({_SPEC: finished, _ARRAYS: pack_arrays(arrays)}))


def _load(file: Path, head: Head) -> tuple[Head, float] | None:
    """Return a copy of `head` as it was finished before, and its seconds of fitting, None if there is no valid one."""
    if not file.is_file():
        return None
    try:
        with file.open("rb") as content:
            members = unpack(content.read(MAX_BYTES + 1), names=(_SPEC, _ARRAYS))
        finished = decode(Finished, members[_SPEC])
        return head.chosen().restore(finished.head.settings, unpack_arrays(members[_ARRAYS])), finished.seconds
    except (UnsafeModel, OSError):
        return None  # a damaged one is fitted again

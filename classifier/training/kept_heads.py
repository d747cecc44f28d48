"""KeptHeads: the heads that a training has finished, so that one that was cut off goes on from there."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.errors import UnsafeModel
from classifier.heads.base import Head, Monitor
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

    def fit(self, name: str, fit: Callable[[Monitor], Head], *, monitor: Callable[[], Monitor]) -> tuple[Head, float]:
        """Return the head finished under this name, or else the one that `fit` returns, and its seconds of fitting."""
        if self._folder is None:
            return _time(fit, monitor())
        file, checkpoints = self._folder / f"{name}.zip", self._folder / "checkpoints" / name
        if (found := _load(file)) is None:
            heard = monitor()
            heard.checkpoints = checkpoints
            found = _time(fit, heard)
            _save(file, *found)
            shutil.rmtree(checkpoints, ignore_errors=True)
        return found


def _time(fit: Callable[[Monitor], Head], monitor: Monitor) -> tuple[Head, float]:
    begun = time.perf_counter()
    return fit(monitor), time.perf_counter() - begun


def _save(file: Path, head: Head, seconds: float) -> None:
    """Write the head whole or not at all."""
    spec, arrays = describe(head)
    finished = json.dumps(asdict(Finished(spec, seconds))).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as part:
        part.write_bytes(pack({_SPEC: finished, _ARRAYS: pack_arrays(arrays)}))


def _load(file: Path) -> tuple[Head, float] | None:
    """Return a head that was finished before with its seconds of fitting, None if there is no valid one."""
    if not file.is_file():
        return None
    try:
        with file.open("rb") as content:
            members = unpack(content.read(MAX_BYTES + 1), names=(_SPEC, _ARRAYS))
        finished = decode(Finished, members[_SPEC])
        return restore_head(finished.head, unpack_arrays(members[_ARRAYS])), finished.seconds
    except (UnsafeModel, OSError):
        return None  # a damaged one is fitted again

"""Checkpoint: how far a fit has come, kept in a file, so that a fit that was killed goes on where it was."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = list[NDArray[np.generic]]


@dataclass(slots=True, eq=False)
class Progress:
    """After len(history) epochs: `state` of network and optimiser, `best` weights; a (loss, macro AP) an epoch.

    The macro AP is NaN where nothing validates; then the best weights are the latest.
    """

    state: Values
    best: Values
    history: list[tuple[float, float]] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch of the best validation (the first of equals), counted from 0; the last without validation."""
        scores = [score for _, score in self.history]
        return len(scores) - 1 if np.isnan(scores).any() else int(np.argmax(scores))


def save_progress(progress: Progress, path: Path, *, fingerprint: str) -> None:
    """Write it whole or not at all; `fingerprint` names the data and options it belongs to."""
    arrays = {
        **{f"state{place:04}": value for place, value in enumerate(progress.state)},
        **{f"best{place:04}": value for place, value in enumerate(progress.best)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, history=np.array(progress.history), fingerprint=np.array(fingerprint), **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load_progress(path: Path, *, fingerprint: str) -> Progress | None:
    """Return what was kept of this very fit; None when there is nothing, or it is another's."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        if str(kept["fingerprint"]) != fingerprint:
            return None
        history = [(float(loss), float(score)) for loss, score in kept["history"]]
        return Progress(_values(kept, "state"), _values(kept, "best"), history)


def _values(kept: "np.lib.npyio.NpzFile", prefix: str) -> Values:
    names: Sequence[str] = sorted(name for name in kept.files if name.startswith(prefix))
    return [kept[name] for name in names]

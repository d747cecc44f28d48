"""The history of a training: the figures of each step, on disk and in a progress bar."""

import json
from collections.abc import Mapping
from pathlib import Path

from classifier.heads.base import Monitor
from worker.progress import Progress

HISTORY = "history.jsonl"


class Recorder(Monitor):
    """Shows the steps of one head's fit, and writes their figures to the run's folder."""

    def __init__(self, head: str, folder: Path, progress: Progress) -> None:
        self._head = head
        self._path = folder / HISTORY
        self._report = progress.stage(f"fitting {head}")

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Record a step."""
        self._report(done, total)
        line = json.dumps({"head": self._head, "step": done, **figures})
        with self._path.open("a", encoding="ascii") as file:
            file.write(line + "\n")


def read_history(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Return the figures of each head's steps; a step repeated after a crash counts once."""
    steps: dict[str, dict[int, dict[str, float]]] = {}
    path = folder / HISTORY
    for line in path.read_text(encoding="ascii").splitlines() if path.is_file() else ():
        try:
            found = json.loads(line)
        except ValueError:
            continue  # a crash cut the line off
        steps.setdefault(found.pop("head"), {})[int(found.pop("step"))] = found
    return {head: [by_step[step] for step in sorted(by_step)] for head, by_step in steps.items()}

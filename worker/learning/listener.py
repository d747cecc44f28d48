"""The listener of learning: where a training or an evaluation says what it does and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

from worker.progress import Progress


@dataclass(frozen=True, slots=True)
class LearningListener:
    """Takes lines for people through `say`, and the state of long steps through `progress`."""

    say: Callable[[str], None]
    progress: Progress

"""The workshop of hostile and odd files: what a specimen is, and what their makers share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from tests.support.videos import make_numbered_video

CANARY = "canary-8c1f7e52"
RATE, N_FRAMES = 10, 45  # 4.5 seconds: five frames
NUMBERS = (0, 10, 20, 30, 40)


@dataclass(frozen=True, slots=True)
class Color:
    """So many frames, all of one colour within a tolerance."""

    n_frames: int
    rgb: tuple[int, int, int]
    within: int = 8


@dataclass
class Workshop:
    """A folder for the files and what they share: base clips, a canary file, a listener's port."""

    folder: Path
    port: int = 9
    _made: dict[str, Path] = field(default_factory=dict)

    @property
    def canary(self) -> Path:
        path = self.folder / "canary.txt"
        path.write_text(f"{CANARY}\n")
        return path

    def base(self, suffix: str, *options: str, filters: str = "null") -> Path:
        """Return a numbered clip of 4.5 s, made once."""
        key = f"{suffix} {filters} {options}"
        if key not in self._made:
            path = self.folder / f"base-{len(self._made)}.{suffix}"
            make_numbered_video(path, rate=Fraction(RATE), n_frames=N_FRAMES, filters=filters, options=options)
            self._made[key] = path
        return self._made[key]


Build = Callable[[Workshop, Path], None]
Expected = str | tuple[int, ...] | Color


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file name, how the file is made, and its code, the numbers its frames show, or their colour."""

    name: str
    build: Build
    expected: Expected

    def make(self, workshop: Workshop) -> Path:
        """Write the file and return its path."""
        folder = workshop.folder / "files"
        folder.mkdir(exist_ok=True)
        self.build(workshop, folder / self.name)
        return folder / self.name

"""Film-like test videos, made once and kept: synthetic shots with hard cuts, camera motion and film grain.

The shots are drawn at 720 lines and scaled to the film's size, then the grain is added. Only the first use of a size
and codec takes long.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shots import RATE, Shot, cut, draw
from worker.inference.capacity import cores

FOLDER = Path(__file__).resolve().parent.parent / ".bench"  # git ignores it
OWN_VIDEO = "TRAILERS_BENCH_VIDEO"
LENGTH = "TRAILERS_BENCH_SECONDS"
LENGTH_S = 150
DRAWN_WIDTH, DRAWN_HEIGHT = 1280, 720
GRAIN = {360: 4, 720: 6, 1080: 8}  # scaling down averages some of it away
KBITS = {360: 700, 720: 2500, 1080: 5000}
THRIFT = {"h264": 1.0, "vp9": 0.7, "av1": 0.6}  # of the bitrate, as sites choose it
ENDINGS = {"h264": "mp4", "vp9": "webm", "av1": "mp4"}
ENCODERS = {
    "h264": ["libx264", "-preset", "fast", "-bf", "3"],
    "vp9": ["libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1"],
    "av1": ["libsvtav1", "-preset", "10"],
}


@dataclass(frozen=True, slots=True)
class Film:
    """A test video: its codec (h264, vp9, av1), its lines (360, 720, 1080) and its length."""

    codec: str
    height: int
    seconds: float

    @property
    def name(self) -> str:
        """Its name in tables."""
        return f"{self.codec} {self.height}p"

    @property
    def width(self) -> int:
        """Pixels of a line, 16:9."""
        return self.height * 16 // 9


def length_s() -> float:
    """Return the length of the films: 150 s unless TRAILERS_BENCH_SECONDS says otherwise (for a quick look)."""
    return float(os.environ.get(LENGTH) or LENGTH_S)


def own_video() -> Path | None:
    """Return the video that the user names in TRAILERS_BENCH_VIDEO."""
    named = os.environ.get(OWN_VIDEO)
    return Path(named).absolute() if named else None


def get_film(film: Film, *, folder: Path = FOLDER) -> Path:
    """Return the film's file; make it if it is missing."""
    path = folder / f"{film.codec}-{film.height}p-{film.seconds:g}s.{ENDINGS[film.codec]}"
    return _make_once(path, lambda unfinished: _encode(film, get_shots(film.seconds, folder=folder), unfinished))


def get_shots(seconds: float, *, folder: Path = FOLDER) -> list[Path]:
    """Return the files of a film's shots, without grain and nearly lossless; make those that are missing."""
    drawn = folder / f"shots-{seconds:g}s"

    def make(shot: Shot) -> Path:
        return _make_once(drawn / f"{shot.number:03}.mkv", lambda unfinished: _draw(shot, unfinished))

    with ThreadPoolExecutor(cores()) as several:
        return list(several.map(make, cut(seconds)))


def _make_once(path: Path, make: Callable[[Path], None]) -> Path:
    """Make a file under a temporary name, so that a file at `path` is always complete."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = Path(folder) / path.name
            make(unfinished)
            unfinished.rename(path)
    return path


def _draw(shot: Shot, path: Path) -> None:
    graph = draw(shot, width=DRAWN_WIDTH, height=DRAWN_HEIGHT)
    codec = ["-c:v", "libx264", "-preset", "superfast", "-crf", "18"]
    _run_ffmpeg(["-filter_complex", graph, "-map", "[shot]", *codec, str(path)])


def _encode(film: Film, shots: Sequence[Path], path: Path) -> None:
    """Join the shots, add the grain and encode, with a key frame every five seconds as sites have them."""
    joined = path.with_suffix(".txt")
    joined.write_text("".join(f"file '{shot.absolute()}'\n" for shot in shots))
    filters = f"scale={film.width}:{film.height}:flags=bicubic,noise=alls={GRAIN[film.height]}:allf=t"
    kbits = round(KBITS[film.height] * THRIFT[film.codec])
    codec = ["-c:v", *ENCODERS[film.codec], "-b:v", f"{kbits}k", "-g", str(5 * RATE), "-pix_fmt", "yuv420p"]
    _run_ffmpeg(["-f", "concat", "-safe", "0", "-i", str(joined), "-vf", filters, *codec, str(path)])


def _run_ffmpeg(arguments: Sequence[str]) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *arguments], check=True)  # noqa: S607

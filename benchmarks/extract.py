"""Extraction against the hobby way and a straightforward pipeline, in turns in one run, on film-like videos.

The videos are synthetic and made here; TRAILERS_BENCH_VIDEO names one of your own instead, TRAILERS_BENCH_SECONDS
another length than 150 s. Needs Inception-V3 weights: TRAILERS_WEIGHTS, or the cached ones.
"""

import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import measure_in_child
from benchmarks.films import Film, get_film, length_s, own_video
from benchmarks.ways import MAKERS, OURS
from worker.inference.capacity import cores

LARGE, SMALL = "h264 720p", "h264 360p"
ALL_WAYS = tuple(MAKERS)
# Codec, lines, ways, rounds.
PLAN = (
    ("h264", 360, ALL_WAYS, 1),
    ("h264", 720, ALL_WAYS, 2),
    ("h264", 1080, ALL_WAYS, 1),
    ("vp9", 720, OURS, 1),
    ("av1", 720, OURS, 1),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A video, the ways to measure on it, and how often."""

    name: str
    video: Path
    ways: tuple[str, ...]
    rounds: int

    def kbits(self, seconds: int) -> int:
        """Return the bitrate of its file, which the encoder may have missed."""
        return round(self.video.stat().st_size * 8 / seconds / 1000)


@dataclass(frozen=True, slots=True)
class Run:
    """One measured extraction; `rss_mb` is the Python process's peak, `ffmpeg_mb` the decoder's."""

    n_frames: int
    wall_s: float
    cpu_s: float
    rss_mb: float
    ffmpeg_mb: float


Runs = Mapping[tuple[str, str], Sequence[Run]]  # by video and way


def main() -> None:
    """Print what each way costs for each video, and how many times faster ours are."""
    subjects = list(_subjects())
    runs = measure(subjects)
    print(f"extract: model loaded and warm, {cores()} cores, load now {os.getloadavg()[0]:.1f}")
    print(f"{'video':>10}{'way':>15}{'wall s':>8}{'CPU s':>8}{'frames/s':>10}", end="")
    print(f"{'Python MB':>11}{'ffmpeg MB':>11}{'x hobby':>9}   wall s of each round")
    for subject in subjects:
        for way in subject.ways:
            _print_row(subject.name, way, runs)
    rates = (f"{each.name} {each.kbits(runs[each.name, each.ways[-1]][0].n_frames)}" for each in subjects)
    print(f"kbit/s of the {'videos' if own_video() else 'synthetic films'}: {', '.join(rates)}\n")
    print_ratios(runs)


def _subjects() -> Iterator[Subject]:
    if own := own_video():
        yield Subject("own video", own, ALL_WAYS, 2)
        return
    for codec, height, ways, rounds in PLAN:
        film = Film(codec, height, length_s())
        yield Subject(film.name, get_film(film), ways, rounds)


def measure(subjects: Sequence[Subject]) -> Runs:
    """Return the runs of each way on each video, the ways in turns: in order in one round, reversed in the next."""
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for number in range(max(subject.rounds for subject in subjects)):
        for subject in subjects:
            for way in subject.ways[:: -1 if number % 2 else 1] if number < subject.rounds else ():
                run = measure_one(way, subject.video)
                runs[subject.name, way].append(run)
                print(f"  {subject.name}, {way}: {run.wall_s:.1f} s", file=sys.stderr)
    return runs


def measure_one(way: str, video: Path) -> Run:
    """Return one run, in a process of its own."""
    measured, ffmpeg_mb = measure_in_child("benchmarks.ways", way, str(video))
    return Run(**measured, ffmpeg_mb=ffmpeg_mb)


def _print_row(name: str, way: str, runs: Runs) -> None:
    own = runs[name, way]
    wall_s, cpu_s = _wall_s(own), statistics.mean(run.cpu_s for run in own)
    memory = [max(run.rss_mb for run in own), max(run.ffmpeg_mb for run in own)]
    ratio = f"{_wall_s(runs[name, 'hobby']) / wall_s:.2f}" if (name, "hobby") in runs else "-"
    print(f"{name:>10}{way:>15}{wall_s:>8.1f}{cpu_s:>8.1f}{own[0].n_frames / wall_s:>10.1f}", end="")
    print(f"{memory[0]:>11.0f}{memory[1]:>11.0f}{ratio:>9}   {', '.join(f'{run.wall_s:.1f}' for run in own)}")


def _wall_s(runs: Sequence[Run]) -> float:
    return statistics.mean(run.wall_s for run in runs)


def print_ratios(runs: Runs, *, ways: Sequence[str] = OURS) -> None:
    """Print how many times faster our ways are than the hobby way, from large and small videos."""
    for way in ways if (LARGE, "hobby") in runs else ():
        for ours, hobby in ((LARGE, LARGE), (SMALL, LARGE), (SMALL, SMALL)):
            ratio = _wall_s(runs[hobby, "hobby"]) / _wall_s(runs[ours, way])
            print(f"{f'{way}, {ours} against hobby, {hobby}':>50}: {ratio:.2f}")
    print()

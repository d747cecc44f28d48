"""Extraction against the hobby way and a straightforward pipeline: film-like videos, one run, in turns.

The videos are made here (synthetic; TRAILERS_BENCH_VIDEO names an own one instead, TRAILERS_BENCH_SECONDS another
length than 150 s). Needs Inception-V3 weights: TRAILERS_WEIGHTS, or the cached ones.
"""

import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import inference
from benchmarks.children import ask
from benchmarks.films import Film, get_film, length_s, own_video
from benchmarks.goals import verdict
from benchmarks.ways import MAKERS, OURS
from worker.inference.capacity import cores

LARGE_GOALS = {"ours float32": 2.8, "ours bfloat16": 4.5}  # both from 720p
SMALL_GOALS = {"ours bfloat16": 6.5}  # from a 360p source, which we'd download, against the hobby way from 720p
RSS_GOAL_MB = 1.2 * 1024
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
    """A video, the ways it is sent, and how often."""

    name: str
    video: Path
    ways: tuple[str, ...]
    rounds: int

    def kbits(self, seconds: int) -> int:
        """Return the kilobits of each second of its file, which an encoder need not have kept to."""
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
    """Print what each way costs for each video, inference alone, and the verdicts."""
    subjects = list(_subjects())
    runs = measure(subjects)
    print(f"extract: model loaded and warm, {cores()} cores, load now {os.getloadavg()[0]:.1f}")
    print(f"{'video':>10}{'way':>15}{'wall s':>8}{'CPU s':>8}{'frames/s':>10}", end="")
    print(f"{'Python MB':>11}{'ffmpeg MB':>11}{'x hobby':>9}   wall s of each round")
    for subject in subjects:
        for way in subject.ways:
            _print_row(subject.name, way, runs)
    rates = (f"{it.name} {it.kbits(runs[it.name, it.ways[-1]][0].n_frames)}" for it in subjects)
    print(f"kbit/s of the {'videos' if own_video() else 'synthetic films'}: {', '.join(rates)}\n")
    inference.report(subjects[-1 if len(subjects) == 1 else 1].video)
    print_verdicts(runs)


def _subjects() -> Iterator[Subject]:
    if own := own_video():
        yield Subject("own video", own, ALL_WAYS, 2)
        return
    for codec, height, ways, rounds in PLAN:
        film = Film(codec, height, length_s())
        yield Subject(film.name, get_film(film), ways, rounds)


def measure(subjects: Sequence[Subject]) -> Runs:
    """Return the runs of each way on each video, all ways in turn, forth in one round and back in the next."""
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
    answer, ffmpeg_mb = ask("benchmarks.ways", way, str(video))
    return Run(**answer, ffmpeg_mb=ffmpeg_mb)


def _print_row(name: str, way: str, runs: Runs) -> None:
    own = runs[name, way]
    wall_s, cpu_s = _wall_s(own), statistics.mean(run.cpu_s for run in own)
    memory = [max(run.rss_mb for run in own), max(run.ffmpeg_mb for run in own)]
    ratio = f"{_wall_s(runs[name, 'hobby']) / wall_s:.2f}" if (name, "hobby") in runs else "-"
    print(f"{name:>10}{way:>15}{wall_s:>8.1f}{cpu_s:>8.1f}{own[0].n_frames / wall_s:>10.1f}", end="")
    print(f"{memory[0]:>11.0f}{memory[1]:>11.0f}{ratio:>9}   {', '.join(f'{run.wall_s:.1f}' for run in own)}")


def _wall_s(runs: Sequence[Run]) -> float:
    return statistics.mean(run.wall_s for run in runs)


def print_verdicts(runs: Runs, *, ways: Sequence[str] = OURS) -> None:
    """Print how many times faster we are, and our memory, beside the goals."""
    for way in ways if (LARGE, "hobby") in runs else ():
        hobby = {name: _wall_s(runs[name, "hobby"]) for name in (LARGE, SMALL)}
        large, small = (_wall_s(runs[name, way]) for name in (LARGE, SMALL))
        _print_verdict(f"{way} from 720p against hobby from 720p", hobby[LARGE] / large, LARGE_GOALS.get(way))
        _print_verdict(f"{way} from 360p against hobby from 720p", hobby[LARGE] / small, SMALL_GOALS.get(way))
        _print_verdict(f"{way} from 360p against hobby from 360p", hobby[SMALL] / small, None)
    peak = max(run.rss_mb for (_, way), some in runs.items() for run in some if way in ways)
    print(f"{'peak MB of our Python process':>50}: {verdict(peak, at_most=RSS_GOAL_MB, form='.0f')}\n")


def _print_verdict(name: str, ratio: float, goal: float | None) -> None:
    print(f"{name:>50}: {verdict(ratio, at_least=goal) if goal else f'{ratio:.2f}'}")


if __name__ == "__main__":
    main()

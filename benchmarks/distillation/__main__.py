"""Distillation of the starter from Inception-V3

First `render`, which keeps renderings of pictures with the teacher's features of them; then `learn`, which continues
from its last checkpoint; then `write`, whose SHA-256 goes into extractor/networks/starter.py. The starter never learns
from posters of the test films of `split`: train models with `trailers train --backbone starter --split split.json`.
On two cores three rounds take 36 minutes and 3.5 epochs over them 50; on a GPU give more of both.

  python -m benchmarks.distillation render --rounds 3
  python -m benchmarks.distillation learn --epochs 3.5
  python -m benchmarks.distillation write extractor/networks/starter.npz
  python -m benchmarks.distillation split split.json
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.backbones import fastest_precision
from benchmarks.distillation.course import Course, run_course
from benchmarks.distillation.held import films_split, starter_split
from benchmarks.distillation.pictures import list_pictures
from benchmarks.distillation.shards import read_shards, render_round
from benchmarks.distillation.student import Student, start_values
from benchmarks.distillation.weights import write_weights
from benchmarks.real_data import TEACHER, open_teacher
from extractor.networks.starter import SIZE
from extractor.networks.weights import file_digest

FOLDER = Path(".bench") / "distillation"
SHARDS_TO_START = 4  # 8,192 renderings
SHARDS, CHECKPOINT = FOLDER / "shards", FOLDER / "checkpoint.npz"


def main() -> None:
    """Run one of the steps."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.distillation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("split").add_argument("out", type=Path)
    render = steps.add_parser("render")
    render.add_argument("--rounds", type=int, default=3)
    learn = steps.add_parser("learn")
    learn.add_argument("--epochs", type=float, default=3.5)
    learn.add_argument("--batch", type=int, default=64)
    steps.add_parser("write").add_argument("out", type=Path)
    arguments = parser.parse_args()
    {"split": _split, "render": _render, "learn": _learn, "write": _write}[arguments.step](arguments)


def _split(arguments: argparse.Namespace) -> None:
    starter_split().save(arguments.out)


def _render(arguments: argparse.Namespace) -> None:
    pictures = [picture for picture in list_pictures(films_split()) if not picture.held]
    teacher = open_teacher(fastest_precision())
    for number in range(arguments.rounds):
        render_round(pictures, number, teacher, size=SIZE, folder=SHARDS, say=_say)


def _learn(arguments: argparse.Namespace) -> None:
    shards = read_shards(SHARDS)
    vectors = np.concatenate([shard.vectors for shard in shards]).astype(np.float32)
    mean, std = vectors.mean(axis=0), vectors.std(axis=0)
    some = np.concatenate([shard.frames for shard in shards[:SHARDS_TO_START]])
    student = Student(start_values(TEACHER, some, vectors[: len(some)]), mean=mean, std=std)
    _say(f"{len(vectors):,} renderings")
    run_course(student, shards, Course(arguments.epochs, arguments.batch), checkpoint=CHECKPOINT, say=_say)


def _write(arguments: argparse.Namespace) -> None:
    with np.load(CHECKPOINT, allow_pickle=False) as kept:
        write_weights(kept, arguments.out)
    size = arguments.out.stat().st_size / 1e6
    print(f"{arguments.out}: {size:.2f} MB, sha256 {file_digest(arguments.out, 'sha256')}")


def _say(text: str) -> None:
    print(time.strftime("%X"), text, flush=True)


if __name__ == "__main__":
    main()

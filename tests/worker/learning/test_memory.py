"""The memory that a training takes: estimated within a factor of two of what a process really took, and told."""

import subprocess
import sys

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.heads.options import USUAL
from classifier.ragged import Ragged
from tests.support.service import ROOT
from worker.learning import memory
from worker.learning.memory import estimate_memory, tell_memory

TRAINS = """
import datetime, sys
from dataclasses import replace
from classifier.data.split import make_split
from classifier.heads.options import USUAL
from classifier.training.options import TrainingOptions
from classifier.training.training import train
from tests.worker.learning.test_memory import make_rows
from worker.runtime import Runtime
n_rows, n_frames, head = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
data = make_rows(n_rows, n_frames)
now = datetime.datetime.now(datetime.UTC)
neural = replace(USUAL, epochs=1)
options = TrainingOptions(name="x", description="", created_at=now, heads=(head,), min_positives=5, neural=neural)
train(data, make_split(data, seed=0), options)
status = open("/proc/self/status").read()  # getrusage would tell the peak of the process that started this one
print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
"""


def make_rows(n_rows: int, n_frames: int, dim: int = 2048) -> Dataset:
    """Return rows of random frames, float16 as the database's."""
    random = np.random.default_rng(0)
    values = np.empty((n_rows * n_frames, dim), np.float16)
    for start in range(0, len(values), 1024):
        values[start : start + 1024] = random.normal(size=values[start : start + 1024].shape)
    labels = random.random((n_rows, 4)) < 0.4
    names = tuple(f"row {place}" for place in range(n_rows))
    return Dataset(
        X=Ragged(values, np.arange(0, n_rows * n_frames + 1, n_frames, dtype=np.int64)),
        Y=labels,
        known=np.ones_like(labels),
        genres=("Action", "Comedy", "Drama", "Horror"),
        ids=names,
        groups=names,
        digests=("",) * n_rows,
        features_id="inception_v3-synthetic-00000000-r2",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_rows", "n_frames", "head"),
    [(300, 10, "logistic_mean"), (200, 60, "attention")],
)
def test_the_estimate_is_within_a_factor_of_two_of_a_real_trainings_peak(n_rows: int, n_frames: int, head: str) -> None:
    call = [sys.executable, "-c", TRAINS, str(n_rows), str(n_frames), head]
    done = subprocess.run(call, capture_output=True, text=True, check=True, cwd=ROOT)
    estimate = estimate_memory(make_rows(n_rows, n_frames), USUAL, is_neural=head == "attention")
    assert 0.5 < estimate / int(done.stdout) < 2


def test_it_is_told_with_a_warning_and_the_way_out_where_there_is_less(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    data = make_rows(40, 3)
    monkeypatch.setattr(memory, "free_bytes", lambda: 8e9)
    tell_memory(data, USUAL, ("logistic_mean",), say=said.append)
    assert said == ["this training takes about 0.2 GB of memory; 8.0 GB are free"]
    monkeypatch.setattr(memory, "free_bytes", lambda: 0.5e9)
    tell_memory(data, USUAL, (), say=said.append)  # the usual heads for sequences need TensorFlow
    assert said[2].startswith("Warning: that is more than is free")
    assert "--head" in said[2]

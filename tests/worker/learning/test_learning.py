"""Files that a training leaves: each head's figures, step by step, and pictures of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from classifier.evaluation.evaluation import evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.training.curves import draw_genres, draw_learning, draw_reliability
from worker.learning.history import HISTORY, Recorder, read_history
from worker.progress import Quiet


def test_steps_are_kept_and_one_made_again_after_a_crash_counts_once(tmp_path: Path) -> None:
    recorder = Recorder("attention", tmp_path, Quiet())
    for step, loss in ((1, 0.9), (2, 0.7)):
        recorder.step(step, 10, {"loss": loss})
    with (tmp_path / HISTORY).open("a") as file:
        file.write('{"head": "attention", "st\n')  # cut off by a crash
    Recorder("attention", tmp_path, Quiet()).step(2, 10, {"loss": 0.6, "macro_ap": 0.5})
    assert read_history(tmp_path) == {"attention": [{"loss": 0.9}, {"loss": 0.6, "macro_ap": 0.5}]}


def test_a_training_without_a_history_has_an_empty_one(tmp_path: Path) -> None:
    assert read_history(tmp_path) == {}


def test_pictures_are_drawn_of_whatever_there_is(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = random.random((80, 3)) < 0.4
    scores = random.random((80, 3))
    draw_learning(
        {"gru": [{"loss": 0.5, "macro_ap": 0.3}], "forest": [{}], "logistic_mean": [{"macro_ap": 0.2}]},
        tmp_path / "a.png",
    )
    draw_genres(evaluate(labels, scores, genres=("Action", "Comedy", "Drama")), tmp_path / "b.png")
    draw_reliability(ScoredRows.from_scores(labels, scores), tmp_path / "c.png")
    for name in ("a.png", "b.png", "c.png"):
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 100
            assert len(picture.convert("RGB").getcolors(100_000) or ()) > 10  # something was drawn

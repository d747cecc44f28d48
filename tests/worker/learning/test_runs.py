"""Several trainings in one command, published splits, leaks that are allowed, and hyperparameters as flags."""

import argparse
import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import save_dataset
from classifier.data.split import PARTS, Split
from classifier.errors import BadTrainingData
from classifier.heads.options import USUAL
from classifier.model import GenreModel
from classifier.training.options import TrainingOptions
from db.store import Store, open_store
from tests.support.homes import Command
from tests.worker.learning.test_learning_commands import make_data
from worker.learning.listener import LearningListener
from worker.learning.memory import estimate_memory
from worker.learning.neural_arguments import add_neural, neural_options
from worker.learning.runs import add_runs, plan_runs
from worker.learning.training import TrainingSource, find_split
from worker.progress import Quiet

LEARN = ("train", "--head", "logistic_mean", "--json")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    with open_store(uri=None, home=home) as store:
        yield store


@pytest.fixture
def run(
    home: Path, store: Store, nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("TRAILERS_HOME", str(home))
    return Command(capsys)


def published(*, leaking: bool = False) -> Dataset:
    """Return rows with three published splits, but for the first ten; leaking, some films have rows in two parts."""
    data = make_data()
    parts = np.random.default_rng(0).choice(("train", "train", "train", "valid", "test"), size=(len(data), 3))
    words = [" ".join(f"{split}:{part}" for split, part in enumerate(row)) for row in parts]
    groups = tuple(f"film {n // 2}" if leaking else f"film {n}" for n in range(len(data)))
    return dataclasses.replace(data, groups=groups, published=("",) * 10 + tuple(words[10:]))


def saved(data: Dataset, folder: Path) -> Path:
    save_dataset(data, folder / "features.npz")
    return folder / "features.npz"


@pytest.mark.slow
def test_each_seed_is_a_run_and_the_first_ones_model_is_kept(run: Command, tmp_path: Path) -> None:
    file = saved(make_data(), tmp_path)
    status, out, err = run(*LEARN, "--features", file, "--seeds", "4,5", "--out", tmp_path / "model.zip")
    assert status == 0, err
    found = json.loads(out)
    figures = [figures["macro_ap"] for figures in found["runs"].values()]
    assert (list(found["runs"]), found["kept"], len(set(figures))) == (["seed 4", "seed 5"], "seed 4", 2)
    assert found["mean"]["macro_ap"] == pytest.approx(fmean(figures))
    assert found["sd"]["macro_ap"] == pytest.approx(stdev(figures))
    model = GenreModel.load(tmp_path / "model.zip")
    assert (model.model_id, model.manifest.trained_on.seed) == (found["model_id"], 4)
    assert model.manifest.metrics["macro_ap"] == figures[0]
    assert "the model kept is that of seed 4" in (tmp_path / "model.md").read_text()


def planned(data: Dataset, *words: str) -> tuple[dict[str, Split], str]:
    """Return the splits of the runs that these arguments stand for, by name, and what was said."""
    parser, said = argparse.ArgumentParser(), list[str]()
    add_runs(parser)
    options = TrainingOptions(name="x", description="", created_at=datetime(2026, 11, 20, tzinfo=UTC))
    arguments = parser.parse_args(words)
    source = TrainingSource(data, options, arguments.split)
    runs = plan_runs(source, arguments, LearningListener(said.append, Quiet()))
    assert all(run.options.seed == find_split(run).seed for run in runs.values())
    return {name: find_split(run) for name, run in runs.items()}, " ".join(said)


def test_each_seed_makes_a_split_of_its_own() -> None:
    runs, _ = planned(make_data(), "--seeds", "3,4,3")
    assert {name: split.seed for name, split in runs.items()} == {"seed 3": 3, "seed 4": 4}
    assert runs["seed 3"].parts != runs["seed 4"].parts
    assert list(planned(make_data())[0]) == ["seed 0"]


def test_folds_test_each_row_once() -> None:
    data = make_data()
    runs, _ = planned(data, "--folds", "3", "--seeds", "0,1")
    assert list(runs)[2:4] == ["fold 3, seed 0", "fold 1, seed 1"]
    tested = [row for split in list(runs.values())[:3] for row, part in split.parts.items() if part == "test"]
    assert sorted(tested) == sorted(data.ids)
    sizes = [len(runs["fold 1, seed 0"].rows(data, part)) for part in PARTS]
    assert sizes == pytest.approx([373, 93, 233], abs=2)


def test_a_data_set_is_trained_on_each_split_that_it_was_published_with() -> None:
    data = published()
    runs, said = planned(data, "--split", "published")
    assert (list(runs), "10 of 700 rows left out" in said) == (["split 0", "split 1", "split 2"], True)
    for number, split in enumerate(runs.values()):
        for row, words in zip(data.ids[10:], data.published[10:], strict=True):
            assert split.parts[row][:5] == words.split()[number].partition(":")[2][:5]
    with pytest.raises(BadTrainingData, match="none of the rows has a published split"):
        planned(make_data(), "--split", "published")


def test_one_published_split_is_one_run_whatever_its_parts_are_called() -> None:
    data = dataclasses.replace(make_data(3), published=("trn", "dev", "tst"))
    runs, _ = planned(data, "--split", "published")
    assert list(runs) == ["seed 0"]
    assert tuple(runs["seed 0"].parts.values()) == PARTS


@pytest.mark.slow
def test_a_published_split_that_leaks_is_refused_or_stamped(run: Command, store: Store, tmp_path: Path) -> None:
    learn = (*LEARN, "--features", saved(published(leaking=True), tmp_path), "--split", "published")
    status, _, err = run(*learn)
    assert (status, "groups (films or franchises)" in err, "--allow-leaks" in err) == (1, True, True)
    status, out, err = run(*learn, "--allow-leaks", "--out", tmp_path / "model.zip")
    assert status == 0, err
    found = json.loads(out)
    assert "groups (films or franchises) in more than one part" in found["leaks"]
    assert found["leaks"] in GenreModel.load(tmp_path / "model.zip").manifest.trained_on.description
    assert found["leaks"] in store.models.get(found["model_id"]).trained_on
    assert list(found["runs"]) == ["split 0", "split 1", "split 2"]
    assert "LEAKS WERE ALLOWED" in (tmp_path / "model.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--folds", 3, "--split", "x.json"), "--folds makes its own splits"),
        (("--seed", 1, "--seeds", "1,2"), "not both"),
        (("--posters", "p", "--labels", "l.csv", "--fine-tune", 1, "--seeds", "1,2"), "one split and one seed"),
        (("--features", "x.npz", "--dropout", 2), "dropout must be from 0.0 to 0.95"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(run: Command, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run("train", *arguments)
    assert (status, out, words in err) == (1, "", True)


def test_each_hyperparameter_is_a_flag_and_those_not_given_are_the_usual_ones() -> None:
    parser = argparse.ArgumentParser()
    add_neural(parser)
    given = neural_options(parser.parse_args(["--learning-rate", "3e-4", "--crop", "0", "--batch", "32"]))
    assert given == dataclasses.replace(USUAL, learning_rate=3e-4, crop=0, batch=32)
    assert neural_options(parser.parse_args([])) == USUAL


def test_the_memory_told_follows_width_batch_and_crop() -> None:
    data = make_data()
    usual = estimate_memory(data, USUAL, is_neural=True)
    for changed in ({"hidden": 1024}, {"batch": 512}):
        assert estimate_memory(data, dataclasses.replace(USUAL, **changed), is_neural=True) > usual  # type: ignore[arg-type]
    assert estimate_memory(data, dataclasses.replace(USUAL, crop=2), is_neural=True) < usual

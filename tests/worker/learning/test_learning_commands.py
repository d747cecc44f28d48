"""`trailers train`, `evaluate` and `models` as a user runs them: real database, data set files, real heads."""

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import save_dataset
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.view import View
from db.records import Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store, open_store
from extractor.features import FrameFeatures, Provenance
from tests.support.homes import Command

FEATURES_ID = "inception_v3-synthetic-00000000-r2"
GENRES = ("Action", "Comedy", "Drama")
DIM = 24


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


def make_data(n: int = 700, *, seed: int = 0, films: str = "film") -> Dataset:
    """Return synthetic trailers of 2 to 6 frames whose genres shift some of the features."""
    random = np.random.default_rng(seed)
    labels = random.random((n, len(GENRES))) < 0.4
    sequences = []
    for row in labels:
        sequence = random.normal(size=(random.integers(2, 7), DIM)).astype(np.float32)
        sequence[:, : len(GENRES)] += 1.2 * row
        sequences.append(sequence)
    return Dataset(
        X=Ragged.from_sequences(sequences),
        Y=labels,
        known=np.ones_like(labels),
        genres=GENRES,
        ids=tuple(f"file:{films}{n:012x}" for n in range(n)),
        groups=tuple(f"{films} {n}" for n in range(n)),
        digests=("",) * n,
        features_id=FEATURES_ID,
    )


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "features.npz"
    save_dataset(make_data(), path)
    return path


@pytest.fixture
def model_id(run: Command, features: Path) -> str:
    """A model trained by the command; a second time nothing but the last steps is done."""
    status, out, _ = run("train", "--features", features, "--head", "logistic_mean", "--json")
    assert status == 0
    return str(json.loads(out)["model_id"])


def test_training_from_a_file_prints_the_report_keeps_the_model_and_draws_pictures(
    run: Command, features: Path, tmp_path: Path
) -> None:
    out_file = tmp_path / "model.zip"
    status, out, err = run("train", "--features", features, "--head", "logistic_mean", "--out", out_file)
    assert status == 0
    assert all(word in out for word in ("prior top-3", "Action", "is the first for trailers"))
    assert "448 rows to train on" in err
    pictures = sorted(path.name for path in tmp_path.glob("model-*.png"))
    assert pictures == ["model-genres.png", "model-learning.png", "model-reliability.png"]
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in pictures)
    model = GenreModel.load(out_file)
    assert model.manifest.metrics["macro_auc"] > 0.7
    assert model.model_id in (tmp_path / "model.md").read_text()


@pytest.mark.slow
def test_the_same_training_again_fits_nothing_anew_and_another_seed_does(
    run: Command, features: Path, home: Path
) -> None:
    run("train", "--features", features, "--head", "forest")
    kept = next(path for path in (home / "trainings").glob("*/forest.zip"))
    made = kept.stat().st_mtime_ns
    run("train", "--features", features, "--head", "forest")
    assert kept.stat().st_mtime_ns == made
    assert not list(kept.parent.glob("checkpoints/*"))
    run("train", "--features", features, "--head", "forest", "--seed", 1)
    assert len(list((home / "trainings").glob("*/forest.zip"))) == 2


@pytest.mark.slow
def test_a_neural_head_trained_by_the_command_judges_after_export_and_import(
    run: Command, features: Path, tmp_path: Path
) -> None:
    status, _, err = run("train", "--features", features, "--head", "attention", "--name", "neural")
    assert status == 0, err
    assert run("models", "export", "neural", tmp_path / "neural.zip")[0] == 0
    model = GenreModel.load(tmp_path / "neural.zip")
    prediction = model.predict({"trailer": View(make_data(1, seed=9).X[0], FEATURES_ID)})
    assert len(prediction.genres) == len(GENRES)
    assert run("models", "import", tmp_path / "neural.zip")[0] == 0


@pytest.mark.slow
def test_a_machine_without_a_database_trains_for_another(
    run: Command, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_HOME", str(tmp_path / "gpu machine"))
    monkeypatch.setenv("MONGODB_URI", "mongodb://nowhere.invalid:1")  # whoever asks for the database fails
    out = tmp_path / "model.zip"
    options = ("--head", "mlp", "--loss", "asymmetric", "--epochs", 2, "--seed", 3, "--hidden", 16, "--dropout", 0.25)
    status, said, err = run("train", "--features", features, "--out", out, "--no-database", *options)
    assert status == 0, err
    assert "now predicts for" not in said
    settings = GenreModel.load(out).manifest.head.settings
    assert (settings["loss"], settings["hidden"], settings["dropout"]) == (1, 16, 0.25)


def test_the_split_is_written_where_it_was_asked_for_and_used_from_there(
    run: Command, features: Path, tmp_path: Path
) -> None:
    split = tmp_path / "split.json"
    assert run("train", "--features", features, "--head", "logistic_mean", "--split", split)[0] == 0
    parts = json.loads(split.read_text())["parts"]
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 448, "validation": 112, "test": 140}
    first, second = parts["train"][0], parts["test"][0]
    data = make_data()
    groups = tuple(
        "one film" if row in (first, second) else group for row, group in zip(data.ids, data.groups, strict=True)
    )
    save_dataset(dataclasses.replace(data, groups=groups), tmp_path / "leaking.npz")
    status, _, err = run("train", "--features", tmp_path / "leaking.npz", "--split", split)
    assert status == 1
    assert "'one film' first" in err


def test_evaluating_leaves_out_what_the_model_was_made_with(
    run: Command, features: Path, model_id: str, tmp_path: Path
) -> None:
    status, out, err = run("evaluate", model_id[:8], "--features", features, "--json")
    assert status == 0
    assert "560 of 700 rows left out" in err
    figures = json.loads(out)
    (found,) = figures["models"].values()
    assert found["n_rows"] == 140
    assert found["figures"]["macro_ap"] > figures["beside"]["prior"]["figures"]["macro_ap"] + 0.1
    low, high = found["intervals"]["macro_ap"]
    assert low < found["figures"]["macro_ap"] < high


@pytest.mark.slow
def test_a_film_by_another_id_in_another_file_is_still_known(run: Command, model_id: str, tmp_path: Path) -> None:
    data = make_data()
    renamed = dataclasses.replace(data, ids=tuple(f"youtube:{n:011d}" for n in range(len(data))))
    save_dataset(renamed, tmp_path / "renamed.npz")
    assert "560 of 700 rows left out" in run("evaluate", model_id, "--features", tmp_path / "renamed.npz")[2]


def test_a_model_that_has_seen_everything_is_not_judged(
    run: Command, store: Store, model_id: str, tmp_path: Path
) -> None:
    data, model = make_data(), GenreModel.from_bytes(store.models.artefact(model_id))
    seen = next(group for group in data.groups if group in model.seen)
    save_dataset(dataclasses.replace(data, groups=(seen,) * len(data)), tmp_path / "seen.npz")
    status, out, err = run("evaluate", model_id, "--features", tmp_path / "seen.npz")
    assert (status, out) == (1, "")
    assert "has seen all 700" in err


@pytest.mark.slow
def test_two_models_are_compared_on_films_that_neither_has_seen(run: Command, features: Path, tmp_path: Path) -> None:
    weak = make_data(seed=3)
    random = np.random.default_rng(0)
    save_dataset(dataclasses.replace(weak, Y=random.permutation(weak.Y)), tmp_path / "noise.npz")
    run("train", "--features", tmp_path / "noise.npz", "--head", "logistic_mean", "--name", "noise")
    run("train", "--features", features, "--head", "logistic_mean", "--name", "real")
    save_dataset(make_data(300, seed=8, films="other"), tmp_path / "other.npz")
    status, out, _ = run("evaluate", "real", "--against", "noise", "--features", tmp_path / "other.npz")
    assert status == 0
    assert re.search(r"real \w{8} is better than noise \w{8} by 0\.\d{3} of macro AP", out.splitlines()[-1])


def test_a_trained_model_is_a_candidate_and_the_last_line_says_how_it_does_and_what_to_do(
    run: Command, store: Store, tmp_path: Path
) -> None:
    data = dataclasses.replace(make_data(), features_id="candidates-00000000-r2")
    others = make_data(seed=3, films="other")
    labels = np.random.default_rng(0).permutation(others.Y)
    noise = dataclasses.replace(others, Y=labels, features_id=data.features_id)
    path, learn = tmp_path / "films of 2026.npz", ("train", "--head", "logistic_mean", "--name")
    save_dataset(data, path)
    save_dataset(noise, tmp_path / "noise.npz")

    def in_use() -> list[str]:
        return [record.name for record in store.models.in_use(data.features_id)]

    last = run(*learn, "first", "--features", path)[1].splitlines()[-1]
    assert re.search("is the first for trailers and better than .*: trailers models promote [0-9a-f]{8}$", last)
    last = run(*learn, "noise", "--features", tmp_path / "noise.npz")[1].splitlines()[-1]
    assert re.search("and not surely better than .*; to use it all the same: trailers models use [0-9a-f]{8}$", last)
    assert in_use() == []
    out = run(*learn, "noise", "--features", tmp_path / "noise.npz", "--use")[1]
    assert (in_use(), "now predicts for trailers" in out) == (["noise"], True)
    last = run(*learn, "real", "--features", path)[1].splitlines()[-1]
    finding, _, command = last.partition(": trailers models ")
    assert "real" in finding and "is better than noise" in finding
    assert "on 140 films that are new to both" in finding
    assert shlex.split(command)[2:] == ["--features", str(path)]
    assert run("models", *shlex.split(command))[0] == 0
    assert in_use() == ["real"]
    out = run(*learn, "other", "--features", tmp_path / "noise.npz", "--why", "to try", "--use", "--json")[1]
    assert (in_use(), json.loads(out)["assessment"]["films"]) == (["other"], 140)
    assert store.model_changes.list()[-1].why == "to try"


def test_training_reads_labelled_trailers_of_the_database(run: Command, store: Store) -> None:
    random = np.random.default_rng(5)
    for n in range(90):
        has = random.random(3) < 0.5
        vectors = random.random((3, 2048)).astype(np.float32)
        vectors[:, :3] += 2 * has
        trailer_id = f"file:{n:016x}"
        provenance = Provenance("synthetic", "0" * 64, "r1", "float32", {})
        store.features.save(trailer_id, FrameFeatures("synthetic-db", vectors, np.arange(3.0), provenance))
        source = Source(url=f"{n}.mp4", site="file", video_id=f"{n:016x}", title=f"Film {chr(97 + n % 26)}{n} trailer")
        store.trailers.save(Trailer(trailer_id, source, VideoRecord(3.0, 64, 64, 24.0, "h264", 9, f"{n:064x}")))
        genres = [genre for genre, it in zip(GENRES, has, strict=True) if it]
        store.labels.update({trailer_id: TrailerLabels(genres=tuple(genres), source="imdb")})
    options = ("--features-id", "synthetic-db", "--head", "logistic_mean", "--min-positives", 10, "--use")
    status, out, err = run("train", *options)
    assert status == 0, err
    assert "now predicts for trailers, from features of synthetic-db" in out
    assert run("evaluate", "--features-id", "synthetic-db")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "--features", "nowhere.npz"), "there is no data set"),
        (("train", "--features", "films.csv"), ".npz or .parquet"),
        (("train", "--head", "magic"), "there is no head 'magic' for these modalities; use forest"),
        (("train", "--posters", "posters.zip"), "--posters needs --labels"),
        (("train", "--no-database"), "--no-database needs"),
        (
            ("train", "--posters", "p.zip", "--labels", "l.csv", "--genres-column", "g=klingon"),
            "'klingon' is not a vocabulary",
        ),
        (("train", "--posters", "p", "--posters", "q", "--labels", "l.csv", "--features-id", "x"), "give one for each"),
        (("train", "--features-id", "nothing"), "no trailer has features of nothing"),
        (("evaluate", "nobody"), "no model 'nobody'"),
    ],
)
def test_wrong_arguments_are_refused_with_the_way_out(run: Command, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert status in (1, 4)
    assert out == ""
    assert words in err


def test_show_tells_how_a_model_was_made(run: Command, model_id: str) -> None:
    status, out, _ = run("models", "show", model_id)
    assert status == 0
    assert "448 to train, 112 to choose and calibrate, 140 to test" in out
    assert "numpy" in out
    document = json.loads(run("models", "show", model_id, "--json")[1])
    assert document["card"]["seed"] == 0
    assert document["head"] == "logistic_mean"


@pytest.mark.parametrize("command", ["models show", "models place", "evaluate"])
def test_a_model_that_ships_is_known_by_its_name_before_anything_else_was_done(run: Command, command: str) -> None:
    _, out, err = run(*command.split(), "starter")
    assert "there is no model" not in out + err

"""`trailers models place` as a user meets it."""

from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import save_dataset
from classifier.model import GenreModel
from classifier.ragged import Ragged
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from tests.support.models import DIM, GENRES, make_model, put_to_use
from worker.inference.registry import register


def make_trailers(features_id: str, *, n: int = 60) -> Dataset:
    """Return trailers of two frames, two of a film, that say nothing: what is tested here is the command."""
    random = np.random.default_rng(1)
    labels = random.random((n, len(GENRES))) < 0.4
    return Dataset(
        X=Ragged.from_sequences(list(random.gamma(0.5, 0.8, (n, 2, DIM)).astype(np.float32))),
        Y=labels,
        known=np.ones_like(labels),
        genres=GENRES,
        ids=tuple(f"file:{number:016d}" for number in range(n)),
        groups=tuple(f"film {number // 2} of ours" for number in range(n)),
        digests=("",) * n,
        features_id=features_id,
    )


@pytest.fixture
def trailers(home: Home, tmp_path: Path) -> Path:
    save_dataset(make_trailers(home.features_id), tmp_path / "trailers.npz")
    return tmp_path / "trailers.npz"


def test_a_model_s_file_is_placed_on_a_file_of_trailers_and_written_with_its_card(
    run: Command, home: Home, trailers: Path, tmp_path: Path
) -> None:
    model, out = tmp_path / "posters.zip", tmp_path / "placed.zip"
    make_model(home.features_id, name="posters", scale=0.001).save(model)
    status, text, err = run("models", "place", model, "--features", trailers, "--out", out, "--name", "placed")
    assert status == 0, err
    placed = GenreModel.load(out)
    assert placed.manifest.modality == "trailer+poster"
    assert f"trailers models use {placed.model_id[:8]}" in text
    assert "called" not in err
    assert "placed on 60 trailers of 30 films" in out.with_suffix(".md").read_text()
    assert "placed on 60 trailers of 30 films: 60 rows of trailers.npz" in run("models", "show", "placed")[1]


def test_a_new_model_with_the_name_of_another_is_told_with_its_id(run: Command, home: Home, tmp_path: Path) -> None:
    models = [make_model(home.features_id, name="posters", seed=seed) for seed in range(2)]
    for model, said in zip(
        models, ("", "1 other model is called 'posters', too: name this one by its id"), strict=True
    ):
        model.save(tmp_path / "model.zip")
        status, _, err = run("models", "import", tmp_path / "model.zip")
        assert (status, err) == (0, said and f"{said}, {model.model_id[:8]}\n")


def test_a_stored_model_is_placed_on_the_library_s_tags_and_predicts_from_now_on(run: Command, home: Home) -> None:
    put_to_use(home.store, make_model(home.features_id, name="posters", scale=0.001))
    for number in range(40):
        genres = tuple(genre for place, genre in enumerate(GENRES) if number % (place + 2) == 0)
        home.add(f"file:{number:016d}", labels=TrailerLabels(genres or ("Drama",), "imdb"))
    status, found = run.json("models", "place", "posters", "--use", "--by", "Ann")
    assert status == 0
    assert set(found["before"]) == {"hit_at_1", "precision_at_3", "macro_ap"}
    (used,) = [record for record in home.store.models.in_use(home.features_id) if record.model_id == found["model_id"]]
    assert used.card.modality == "trailer+poster"
    change = home.store.model_changes.list()[-1]
    assert (change.by, change.figures["macro_ap"]) == ("Ann", found["metrics"]["macro_ap"])


def test_a_model_that_can_not_be_placed_is_refused_before_any_trailer_is_read(run: Command, home: Home) -> None:
    register(home.store, make_model(home.features_id, name="trailers", modality="trailer"))
    status, _, err = run("models", "place", "trailers")
    assert status != 0
    assert "has learnt from trailers: there is nothing to place" in err


def test_a_library_without_trailers_of_the_model_s_features_is_told_so_with_no_flag_that_there_is_not(
    run: Command, home: Home
) -> None:
    register(home.store, make_model(home.features_id, name="posters"))
    status, _, err = run("models", "place", "posters")
    assert (status, err) == (4, "trailers: not_found: no trailer has features yet: trailers analyze makes them\n")
    home.add("file:0000000000000001", features_id="starter-recon2015-937c59a5-r2")
    status, _, err = run("models", "place", "posters")
    assert status == 4
    assert f"no trailer has features of {home.features_id}; there are: starter-recon2015-937c59a5-r2 (1 " in err


@pytest.mark.parametrize("command", [("train",), ("models", "place", "posters")])
def test_a_model_is_not_made_where_it_or_its_card_can_not_be_written(
    run: Command, home: Home, tmp_path: Path, command: tuple[str, ...]
) -> None:
    status, _, err = run(*command, "--out", tmp_path / "model.md")
    assert (status, "is the name of the model's card: give another, such as model.zip" in err) == (1, True)
    assert "it is a folder, or its folder isn't there" in run(*command, "--out", tmp_path)[2]
    assert "it is a folder, or its folder isn't there" in run(*command, "--out", tmp_path / "no" / "model.zip")[2]

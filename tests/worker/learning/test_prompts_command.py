"""`trailers models prompts` as a user meets it; what the network makes of captions is made up."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import save_dataset
from classifier.genres import CANONICAL
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.shipped import STARTER_MODEL
from extractor.features import FrameFeatures, Provenance
from extractor.networks.contrastive import ContrastiveNetwork, ReadCaptions
from extractor.networks.weights import given_weights
from tests.support.homes import Command, Home

NAMED = ("--backbone", "clip_vit_b32", "--genre", "Drama", "--genre", "horror", "--genre", "Heist")


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def read(network: ContrastiveNetwork, captions: Sequence[str]) -> ReadCaptions:
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in captions]
        vectors = np.stack([np.random.default_rng(seed).normal(size=network.dim) for seed in seeds])
        return ReadCaptions((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), 50.0)

    monkeypatch.setattr(ContrastiveNetwork, "read_captions", read)
    path = tmp_path / "model.weights.h5"
    path.write_bytes(b"no network")
    return path


def test_genres_of_any_name_become_a_model_with_its_card_that_says_what_its_scores_are_worth(
    run: Command, home: Home, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "zero.zip"
    status, text, err = run("models", "prompts", "zero", *NAMED, "--backbone-weights", weights, "--out", out)
    assert status == 0, err
    assert "12 prompts of 3 genres" in text
    assert "its scores order films and are not calibrated" in text
    model = GenreModel.load(out)
    assert model.genres == ("Drama", "Horror", "Heist")
    known = GenreModel.load(STARTER_MODEL).manifest
    shares = dict(zip(known.genres, known.priors, strict=True))
    assert model.manifest.priors == (shares["Drama"], shares["Horror"], float(np.median(known.priors)))
    assert "Heist: the poster of a heist film" in out.with_suffix(".md").read_text()
    shown = run("models", "show", "zero")[1]
    assert "no film (zero-shot): 12 prompts of 3 genres" in shown
    assert "zero" in run("models", "list")[1]


def test_the_prompts_of_a_file_say_the_genres_and_leave_the_others_to_ours(
    run: Command, home: Home, weights: Path, tmp_path: Path
) -> None:
    with (tmp_path / "prompts.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("genre", "prompt"), ("scifi", "a robot"), ("scifi", "a star"), ("Drama", "people who talk")]
        )
    given = ("--backbone", "siglip_b16", "--backbone-weights", weights, "--prompts", tmp_path / "prompts.csv")
    status, found = run.json("models", "prompts", "of a file", *given)
    assert (status, found["prompts"]) == (0, {"Sci-Fi": ["a robot", "a star"], "Drama": ["people who talk"]})
    status, found = run.json("models", "prompts", "both", *given, "--genre", "Sci-Fi", "--genre", "Action")
    assert found["prompts"]["Sci-Fi"] == ["a robot", "a star"]
    assert found["prompts"]["Action"][0] == "a frame of an action film"


def test_without_genres_those_of_the_starter_are_told_apart(run: Command, home: Home, weights: Path) -> None:
    _, found = run.json("models", "prompts", "all", "--backbone", "clip_vit_b32", "--backbone-weights", weights)
    assert len(found["prompts"]) == 22
    assert set(found["prompts"]) < set(CANONICAL)
    assert found["prompts"]["Sci-Fi"][0] == "a frame of a science fiction film"


def test_a_trailer_is_predicted_from_stored_features_of_that_network_and_the_verdict_warns(
    run: Command, home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_BACKBONE", "clip_vit_b32")
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights))
    features_id = given_weights(weights, backbone="clip_vit_b32").features_id
    assert run("models", "prompts", "zero", *NAMED[2:], "--use", "--by", "Ann")[0] == 0
    vectors = np.random.default_rng(0).normal(size=(6, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    home.add("youtube:aaaaaaaaaaa")
    made_by = Provenance("clip_vit_b32", "00", "r2", "float32", {})
    home.store.features.save("youtube:aaaaaaaaaaa", FrameFeatures(features_id, vectors, np.arange(6.0), made_by))
    status, found = run.json("analyze", "https://www.youtube.com/watch?v=aaaaaaaaaaa")
    assert status == 0
    assert {each["genre"] for each in found["genres"]} == {"Drama", "Horror", "Heist"}
    assert any("Zero-shot" in each for each in found["warnings"])
    assert len(found["evidence"]) > 0


@pytest.mark.slow
def test_such_a_model_is_evaluated_and_placed_as_any_other_of_posters(
    run: Command, home: Home, weights: Path, tmp_path: Path
) -> None:
    features_id = given_weights(weights, backbone="clip_vit_b32").features_id
    random = np.random.default_rng(0)
    labels = random.random((60, 3)) < 0.4
    trailers = Dataset(
        X=Ragged.from_sequences(list(random.normal(size=(60, 2, 512)).astype(np.float32))),
        Y=labels,
        known=np.ones_like(labels),
        genres=("Drama", "Horror", "Heist"),
        ids=tuple(f"file:{number:016d}" for number in range(60)),
        groups=tuple(f"film {number // 2}" for number in range(60)),
        digests=("",) * 60,
        features_id=features_id,
    )
    save_dataset(trailers, tmp_path / "trailers.npz")
    assert run("models", "prompts", "zero", *NAMED, "--backbone-weights", weights)[0] == 0
    status, found = run.json("evaluate", "zero", "--features", tmp_path / "trailers.npz")
    assert (status, "zero" in found["conclusion"]) == (0, True)
    status, _, err = run("models", "place", "zero", "--features", tmp_path / "trailers.npz", "--name", "placed")
    assert status == 0, err
    assert "placed on 60 trailers of 30 films" in run("models", "show", "placed")[1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--backbone", "starter"), "starter reads no captions; give --backbone clip_vit_b32 or siglip_b16"),
        (("--backbone", "clip_vit_b32", "--genre", "Drama"), "1 genres can't be told apart; give 2 to 200"),
        (
            ("--backbone", "clip_vit_b32", "--genre", "Drama", "--genre", "Dr. No"),
            "'Dr. No' is not a valid genre: give 1",
        ),
        (("--backbone", "clip_vit_b32", "--genre", "Drama", "--genre", " "), "'' is not a valid genre"),
        (("--backbone", "clip_vit_b32", "--genre", "Drama", "--genre", "\udc80"), "'\\udc80' is not a valid genre"),
        (("--backbone", "clip_vit_b32", "--prompts", "/nowhere.csv"), "'/nowhere.csv' can't be read: No such file"),
    ],
)
def test_what_no_model_can_be_made_of_is_told_before_the_network_loads(
    run: Command, home: Home, given: tuple[str, ...], told: str
) -> None:
    status, _, err = run("models", "prompts", "zero", *given)
    assert (status, told in err) == (1, True)


def test_a_line_without_a_prompt_is_named(run: Command, home: Home, tmp_path: Path) -> None:
    (tmp_path / "prompts.csv").write_text("genre,prompt\nDrama,people\n\nHorror,\n")
    status, _, err = run("models", "prompts", "a", "--backbone", "siglip_b16", "--prompts", tmp_path / "prompts.csv")
    assert (status, "line 4 of" in err, "lacks a genre or a prompt" in err) == (1, True, True)


def test_a_file_without_prompts_is_told(run: Command, home: Home, tmp_path: Path) -> None:
    (tmp_path / "prompts.csv").write_text("genre,prompt\n")
    status, _, err = run("models", "prompts", "a", "--backbone", "siglip_b16", "--prompts", tmp_path / "prompts.csv")
    assert (status, "prompts.csv' holds no prompts; write genre,prompt" in err) == (1, True)

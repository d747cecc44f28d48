"""GenreModel: the file it is kept in, what it refuses to load, and the answers it gives."""

import dataclasses
import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.artefact import MAX_BYTES, pack, pack_arrays, unpack, unpack_arrays
from classifier.data.training_films import TrainingFilms
from classifier.errors import FeaturesMismatch, NoModel, UnsafeModel
from classifier.heads.linear import LogisticMean, LogisticStats
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.manifest import Manifest, Scope, decode, read_as
from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.view import View
from tests.support import models
from tests.support.models import DIM, GENRES

FEATURES_ID = "inception_v3-synthetic-00000000-r2"
SETTINGS = dict(models.make_manifest(FEATURES_ID).head.settings)
DECISIONS = {
    name: list(numbers) for name, numbers in dataclasses.asdict(models.make_manifest(FEATURES_ID).whole).items()
}
TRAINED_ON = dataclasses.asdict(models.make_manifest(FEATURES_ID).trained_on)
NAMES = ("manifest.json", "head.npz", "seen.bin")
PLACED_ON = {
    "description": "drawn trailers",
    "n_trailers": 60,
    "n_films": 30,
    "data_sha256": "2" * 64,
    "means": [0.0] * 4,
    "spreads": [1.0] * 4,
}


def make_manifest(*, modality: str = "trailer", genres: tuple[str, ...] = GENRES) -> Manifest:
    return models.make_manifest(FEATURES_ID, modality=modality, genres=genres)


def make_model(*, modality: str = "trailer", seed: int = 0) -> GenreModel:
    return models.make_model(FEATURES_ID, modality=modality, seed=seed)


def coef_of(model: GenreModel) -> NDArray[np.float32]:
    return model.join.arrays()["coef"]


def with_weights(coef: NDArray[np.float32], intercept: Any, *, genres: tuple[str, ...] = GENRES) -> GenreModel:
    head = LogisticMean.from_weights(coef=coef, intercept=np.array(intercept, dtype=np.float32))
    return GenreModel(make_manifest(genres=genres), Alone({"trailer": head}), TrainingFilms.from_groups([]))


def ask(
    model: GenreModel, vectors: NDArray[np.floating], *, features_id: str = FEATURES_ID, modality: str = "trailer"
) -> GenrePrediction:
    return model.predict({modality: View(vectors, features_id)})


def make_vectors(n_frames: int = 30, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((n_frames, DIM), dtype=np.float32)


def predict_planted(start: int, length: int) -> Any:
    """Ask a model that hears one feature alone about a trailer that shows it in one stretch."""
    coef = np.zeros((len(GENRES), DIM), dtype=np.float32)
    coef[1, 7] = 4.0
    model = with_weights(coef, [0, -2, 0, -3])
    vectors = np.zeros((40, DIM), dtype=np.float32)
    vectors[start : start + length, 7] = 1.0
    return ask(model, vectors)


def rewritten(**changes: Any) -> bytes:
    """Return a model file whose manifest alone was changed."""
    members = unpack(make_model().to_bytes(), names=NAMES)
    document = json.loads(members["manifest.json"]) | changes
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return pack({**members, "manifest.json": text.encode()})


def with_head(head: bytes) -> bytes:
    """Return a model file with another head, its digest set right."""
    seen = unpack(make_model().to_bytes(), names=NAMES)["seen.bin"]
    digests = {"head.npz": hashlib.sha256(head).hexdigest(), "seen.bin": hashlib.sha256(seen).hexdigest()}
    data = rewritten(sha256=digests)
    return pack({**unpack(data, names=NAMES), "head.npz": head})


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_a_saved_model_comes_back_equal_to_the_bit_under_the_sha256_of_its_file(tmp_path: Path) -> None:
    model, path = make_model(), tmp_path / "model.zip"
    model.save(path)
    loaded = GenreModel.load(path, sha256=model.model_id)

    assert loaded.model_id == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.manifest == model.manifest
    assert coef_of(loaded).tobytes() == coef_of(model).tobytes()
    assert ask(loaded, make_vectors()) == ask(model, make_vectors())


def test_equal_content_gives_equal_bytes_and_other_content_another_id() -> None:
    assert make_model().to_bytes() == make_model().to_bytes()
    assert make_model().model_id != make_model(seed=1).model_id


def test_saving_over_a_model_replaces_it_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    make_model().save(path)
    make_model(seed=1).save(path)

    assert GenreModel.load(path).model_id == make_model(seed=1).model_id
    assert [file.name for file in tmp_path.iterdir()] == ["model.zip"]


def test_the_head_can_be_read_with_plain_numpy() -> None:
    head = unpack(make_model().to_bytes(), names=NAMES)["head.npz"]
    with np.load(io.BytesIO(head), allow_pickle=False) as arrays:
        assert arrays["coef"].tobytes() == coef_of(make_model()).tobytes()
        assert arrays["intercept"].shape == (len(GENRES),)


def test_a_file_that_is_not_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="nowhere"):
        GenreModel.load(tmp_path / "nowhere.zip")


def test_another_sha256_than_asked_for_is_refused() -> None:
    with pytest.raises(UnsafeModel, match="sha256"):
        GenreModel.from_bytes(make_model().to_bytes(), sha256="0" * 64)


@settings(max_examples=150)
@given(position=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), near_end=st.booleans())
def test_a_flipped_byte_never_gives_the_same_model_and_never_another_error(
    position: float, change: int, near_end: bool
) -> None:
    data = bytearray(make_model().to_bytes())
    span = min(2000, len(data)) if near_end else len(data)
    data[len(data) - span + int(position * span)] ^= change
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(bytes(data))


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)))
def test_random_bytes_are_refused_with_no_other_error(data: bytes) -> None:
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(data)


@settings(max_examples=200)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_a_sound_zip_of_random_members_is_refused_with_no_other_error(manifest: bytes, head: bytes) -> None:
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(pack({"manifest.json": manifest, "head.npz": head, "seen.bin": b""}))
    with pytest.raises(UnsafeModel):
        unpack_arrays(pack({"coef.npy": manifest, "intercept.npy": b"\x93NUMPY\x01\x00" + head}))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80)
@given(field=st.sampled_from(sorted(json.loads(unpack(rewritten(), names=NAMES)["manifest.json"]))), value=_JSON)
def test_any_value_in_any_field_loads_as_it_is_written_or_is_refused(field: str, value: Any) -> None:
    data = rewritten(**{field: value})
    try:
        model = GenreModel.from_bytes(data)
    except UnsafeModel:
        return
    assert model.model_id == hashlib.sha256(data).hexdigest()


def test_bytes_before_or_after_the_zip_are_refused() -> None:
    data = make_model().to_bytes()
    for padded in (data + b"\0", b"#!/bin/sh\n" + data):
        with pytest.raises(UnsafeModel):
            GenreModel.from_bytes(padded)


def test_a_member_too_many_or_too_few_is_refused() -> None:
    members = unpack(make_model().to_bytes(), names=NAMES)
    for other in ({**members, "../evil.py": b"import os"}, {"head.npz": members["head.npz"]}):
        with pytest.raises(UnsafeModel, match="must hold"):
            GenreModel.from_bytes(pack(other))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            archive.writestr(name, bytes(20_000_000))
    with pytest.raises(UnsafeModel, match="compressed"):
        GenreModel.from_bytes(buffer.getvalue())


def test_a_bomb_inside_the_head_is_refused() -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, coef=np.zeros((1000, DIM), np.float32), intercept=np.zeros(4, np.float32))
    with pytest.raises(UnsafeModel, match="compressed"):
        GenreModel.from_bytes(with_head(buffer.getvalue()))


def test_a_member_that_declares_more_than_the_file_holds_is_refused() -> None:
    data = make_model().to_bytes()
    n_head = len(unpack(data, names=NAMES)["head.npz"]).to_bytes(4, "little")
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(data.replace(n_head, (2**31).to_bytes(4, "little")))


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 4)
    with pytest.raises(UnsafeModel, match="at most"):
        GenreModel.load(path)


def test_pickles_are_refused_wherever_they_stand() -> None:
    evil = pickle.dumps(print)
    objects = npz(coef=np.array([{}], dtype=object), intercept=np.zeros(4, np.float32))
    for data in (evil, with_head(evil), with_head(pack({"coef.npy": evil, "intercept.npy": evil}))):
        with pytest.raises(UnsafeModel):
            GenreModel.from_bytes(data)
    with pytest.raises(UnsafeModel, match="float32"):
        GenreModel.from_bytes(with_head(objects))


@pytest.mark.parametrize(
    ("coef", "intercept"),
    [
        ((3, DIM), (4,)),
        ((4, DIM), (3,)),
        ((3, DIM), (3,)),
        ((4, 10), (4,)),
        ((0, DIM), (0,)),
        ((4 * DIM,), (4,)),
    ],
)
def test_wrong_shapes_are_refused(coef: tuple[int, ...], intercept: tuple[int, ...]) -> None:
    head = npz(coef=np.zeros(coef, np.float32), intercept=np.zeros(intercept, np.float32))
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(with_head(head))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    coef = coef_of(make_model()).copy()
    coef[2, 100] = number
    with pytest.raises(UnsafeModel, match="finite"):
        GenreModel.from_bytes(with_head(npz(coef=coef, intercept=np.zeros(4, np.float32))))


def test_a_head_other_than_the_manifest_names_is_refused() -> None:
    members = unpack(make_model().to_bytes(), names=NAMES)
    members["head.npz"] = pack_arrays(make_model(seed=1).join.arrays())
    with pytest.raises(UnsafeModel, match="not the one"):
        GenreModel.from_bytes(pack(members))


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 1},
        {"head": "pickle"},
        {"head": {"kind": "pickle", "settings": {}, "members": []}},
        {
            "head": {
                "kind": "logistic_mean",
                "settings": {"dim": 10**15, "n_genres": 4, "components": 400, "penalty": 0.1},
                "members": [],
            }
        },
        {
            "head": {
                "kind": "logistic_mean",
                "settings": {"dim": True, "n_genres": 4, "components": 400, "penalty": 0.1},
                "members": [],
            }
        },
        {"head": {"kind": "ensemble", "settings": {"n_genres": 4}, "members": []}},
        {"inputs": {}},
        {"inputs": {"poster": FEATURES_ID}},
        {"inputs": {"smell": FEATURES_ID}},
        {"inputs": {"trailer": "../../etc/passwd"}},
        {"inputs": {"trailer": ""}},
        {"inputs": {"trailer": FEATURES_ID, "poster": FEATURES_ID}},
        {"decisions": {}},
        {"decisions": {"trailer": []}},
        {"decisions": {"poster": DECISIONS}},
        {"decisions": {"trailer": DECISIONS, "poster": DECISIONS}},
        {"decisions": {"trailer": {**DECISIONS, "slopes": [1.0, 1.0, 1.0, 0.0]}}},
        {"priors": [0.5]},
        {"genre_sets": "0"},
        {"genre_sets": "ff00000000"},
        {"genre_sets": ["ff01000000"]},
        {"genres": ["Action", "Action", "Drama", "Horror"]},
        {"genres": ["Action", "Comedy", "Drama"]},
        {"genres": ["Action", "Comedy", "Drama", ""]},
        {"genres": ["Action", "Comedy", "Drama", "$where"]},
        {"genres": ["Action", "Comedy", "Drama", "Sci.Fi"]},
        {"genres": ["Action", "Comedy", "Drama", "Hor\0ror"]},
        {"genres": ["Action", "Comedy", "Drama", "x" * 10_000]},
        {"genres": [f"genre {n}" for n in range(201)]},
        {"genres": "Act"},
        {"decisions": {"trailer": {**DECISIONS, "thresholds": [0.5, 0.5, 0.5, 1.5]}}},
        {"decisions": {"trailer": {**DECISIONS, "thresholds": [0.5, 0.5, 0.5, True]}}},
        {"decisions": {"trailer": {**DECISIONS, "thresholds": [0.5, 0.5, 0.5, float("nan")]}}},
        {"decisions": {"trailer": {**DECISIONS, "thresholds": [0.5]}}},
        {"metrics": {"macro_ap": "high"}},
        {"metrics": None},
        {"metrics": {"macro_ap": float("nan")}},
        {"metrics": {"macro_ap": 1}},
        {"name": "a\nb"},
        {"trained_on": {**TRAINED_ON, "n_train": -1}},
        {"trained_on": {**TRAINED_ON, "seed": True}},
        {"trained_on": {**TRAINED_ON, "data_sha256": "0" * 63}},
        {"created_at": "yesterday"},
        {"created_at": "2026-11-20T12:00:00"},
        {"created_at": "2026-11-20T12:00:00+02:00"},
        {"trained_on": {"description": "trailers"}},
        {"versions": {"numpy": 2}},
        {"unknown": 1},
        {"placed_on": {**PLACED_ON, "means": [0.0]}},
        {"placed_on": {**PLACED_ON, "means": [1e308] * 4}},
        {"placed_on": {**PLACED_ON, "spreads": [1e308] * 4}},
        {"placed_on": {**PLACED_ON, "spreads": [0.0] * 4}},
    ],
)
def test_a_manifest_that_says_what_it_must_not_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(rewritten(**changes))


def test_nested_json_without_end_is_refused() -> None:
    members = unpack(make_model().to_bytes(), names=NAMES)
    with pytest.raises(UnsafeModel):
        GenreModel.from_bytes(pack({**members, "manifest.json": b"[" * 100_000}))


def test_features_of_another_backbone_are_refused_with_both_ids_and_the_way_out() -> None:
    with pytest.raises(FeaturesMismatch, match="trailers analyze --force") as caught:
        ask(make_model(), make_vectors(), features_id="resnet-x-1-r1")
    assert "resnet-x-1-r1" in str(caught.value)
    assert FEATURES_ID in str(caught.value)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
def test_features_that_are_not_finite_are_refused(number: float) -> None:
    vectors = make_vectors().astype(np.float64)
    vectors[3, 5] = number
    with pytest.raises(FeaturesMismatch, match="finite"):
        ask(make_model(), vectors)


@pytest.mark.parametrize("shape", [(0, DIM), (DIM,), (3, DIM - 1), (2, 3, DIM)])
def test_features_of_another_shape_or_none_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(FeaturesMismatch):
        ask(make_model(), np.zeros(shape, np.float32))


def test_one_frame_gives_one_second_whose_timeline_is_its_score() -> None:
    prediction = ask(make_model(), make_vectors(1))
    for genre in prediction.genres:
        assert prediction.timeline[genre.genre] == (genre.score,)
    assert {(found.start_s, found.end_s) for found in prediction.evidence} == {(0.0, 1.0)}


def test_a_score_is_the_sigmoid_of_the_mean_logit_and_so_of_the_pooled_vector() -> None:
    model, vectors = make_model(), make_vectors()
    scores = {found.genre: found.score for found in ask(model, vectors).genres}
    pooled = vectors.mean(axis=0, dtype=np.float64)
    for row, genre in enumerate(GENRES):
        logit = float(pooled @ coef_of(model)[row].astype(np.float64)) + float(model.join.arrays()["intercept"][row])
        assert scores[genre] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-9)


def test_every_genre_has_one_score_for_each_second() -> None:
    timeline = ask(make_model(), make_vectors(37)).timeline
    assert set(timeline) == set(GENRES)
    assert all(len(scores) == 37 and all(0 <= score <= 1 for score in scores) for scores in timeline.values())


def test_features_far_outside_give_scores_of_0_and_1_without_overflow() -> None:
    model = with_weights(np.ones((4, DIM), np.float32), np.zeros(4))
    vectors = np.full((2, DIM), -1e30, dtype=np.float32)
    vectors[1] = 1e30
    prediction = ask(model, vectors)
    assert prediction.timeline["Drama"] == (0.0, 1.0)


def test_evidence_finds_the_planted_stretch() -> None:
    prediction = predict_planted(17, 5)
    found = {evidence.genre: evidence for evidence in prediction.evidence}["Comedy"]
    assert (found.start_s, found.end_s) == (17.0, 22.0)
    assert found.score == pytest.approx(1 / (1 + np.exp(-2)))


def test_evidence_is_the_first_of_equal_stretches() -> None:
    found = {evidence.genre: evidence for evidence in predict_planted(17, 9).evidence}
    assert found["Comedy"].start_s == 17.0
    assert found["Action"].start_s == 0.0


@pytest.mark.parametrize(
    ("seconds", "stretches"),
    [
        ((0, 1, *range(5, 12), *range(20, 24)), {(2, 7), (3, 8), (4, 9)}),
        ((0, 1, 4, 5, 6, 9, 10), {(2, 5)}),
        ((3, 6, 9), {(0, 1), (1, 2), (2, 3)}),
    ],
)
def test_evidence_does_not_go_over_seconds_that_are_left_out(
    seconds: tuple[int, ...], stretches: set[tuple[float, float]]
) -> None:
    for seed in range(20):
        view = View(make_vectors(len(seconds), seed=seed), FEATURES_ID, seconds=seconds)
        evidence = make_model().predict({"trailer": view}).evidence
        assert {(found.start_s, found.end_s) for found in evidence} <= stretches


def test_a_prior_passes_no_genre() -> None:
    model = make_model()
    assert not any(score.passed for score in model.predict({}).genres)


def test_seconds_that_tell_a_genre_only_together_are_not_said_to_speak_against_it() -> None:
    coef = np.zeros((len(GENRES), 4 * DIM), np.float32)
    coef[1, DIM + 7] = 20.0  # how much the seventh number spreads over the trailer
    head = LogisticStats.from_weights(coef, np.array([-3, -5, -3, -3], np.float32))
    join = Alone({"trailer": head})
    manifest = dataclasses.replace(make_manifest(), head=describe_join(join)[0])
    vectors = np.zeros((40, DIM), np.float32)
    vectors[20:, 7] = 1.0
    prediction = ask(GenreModel(manifest, join, TrainingFilms.from_groups([])), vectors)
    assert prediction.genres[0].genre == "Comedy"
    assert min(prediction.timeline["Comedy"]) > 0.9  # each alone says -5


def test_a_genre_that_every_stretch_speaks_against_has_no_evidence() -> None:
    model = with_weights(np.zeros((4, DIM), np.float32), [2, -9, -9, -9])
    assert [found.genre for found in ask(model, make_vectors(8)).evidence] == [GENRES[0]]
    ends = np.zeros((6, DIM), np.float32)
    ends[[0, 5], 7] = 1.0  # five seconds hold only one of them: the rest says more
    coef = np.zeros((4, DIM), np.float32)
    coef[0, 7] = 9.0
    assert GENRES[0] not in {found.genre for found in ask(with_weights(coef, [2, -9, -9, -9]), ends).evidence}


def test_evidence_is_given_for_the_top_three_and_for_every_genre_that_passed() -> None:
    passed = np.array([1, 1, 1, 1], dtype=np.float32)
    coef = np.zeros((4, DIM), np.float32)
    for intercept, n_expected in ((passed, 4), (-passed, 3)):
        model = with_weights(coef, intercept)
        assert len(ask(model, make_vectors(8)).evidence) == n_expected


def test_genres_stand_by_score_then_name_and_pass_from_their_threshold_on() -> None:
    genres = ("Drama", "Comedy", "Action", "Horror")
    model = with_weights(np.zeros((4, DIM), np.float32), [0, 1, 0, -1], genres=genres)
    ranked = ask(model, make_vectors(3)).genres
    assert [found.genre for found in ranked] == ["Comedy", "Action", "Drama", "Horror"]
    assert [found.rank for found in ranked] == [1, 2, 3, 4]
    assert [found.passed for found in ranked] == [True, True, True, False]  # a score equal to it passes


def test_a_model_of_posters_says_so_and_a_model_of_trailers_does_not() -> None:
    hint = ask(make_model(modality="poster"), make_vectors(2)).warnings
    measured = "from frames alone its kind puts a right genre first for two in five"
    assert hint == (f"This model was trained on posters, not trailers: {measured}.",)
    assert ask(make_model(), make_vectors(2)).warnings == ()


def test_a_model_whose_head_judges_other_genres_than_named_is_not_built() -> None:
    with pytest.raises(UnsafeModel, match="4 genres"):
        GenreModel(make_manifest(genres=GENRES[:3]), make_model().join, TrainingFilms.from_groups([]))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "a\nb"}, "manifest.name"),
        ({"objective": "\udcff"}, "JSON"),
        ({"metrics": {"macro_ap": float("nan")}}, "manifest.metrics.macro_ap"),
    ],
)
def test_what_a_model_file_must_not_say_is_refused_with_its_place_when_a_new_model_is_read_back(
    changes: dict[str, Any], where: str
) -> None:
    made = GenreModel(dataclasses.replace(make_manifest(), **changes), make_model().join, TrainingFilms.from_groups([]))
    with pytest.raises(UnsafeModel, match=where):
        GenreModel.from_bytes(made.to_bytes())


def test_what_a_model_judges_is_read_without_the_rest_of_its_manifest() -> None:
    scope = decode(Scope, b'{"inputs": {"plot": "words-r1", "poster": "starter-r1"}, "genres": 1}')
    assert (scope.modality, scope.features_id) == ("poster+plot", "starter-r1")
    with pytest.raises(UnsafeModel, match=r"scope\.inputs"):
        decode(Scope, b'{"inputs": {"smell": "x"}}')


def test_a_model_of_older_frames_predicts_from_todays_and_of_other_features_from_its_own_alone() -> None:
    older = models.make_model(FEATURES_ID.removesuffix("r2") + "r1", modality="trailer")
    assert older.manifest.features_id == FEATURES_ID
    assert ask(older, make_vectors()).genres == ask(make_model(), make_vectors()).genres
    for other in ("words-r1", "sentence-all-00000000-r1", "inception_v3-trailers15k-2cd9e4ec-1fps", FEATURES_ID):
        assert read_as(other) == other

"""Split: groups, equal files and near-duplicates stay together; a foreign split that parts them is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.duplicates import near_duplicates
from classifier.data.split import PARTS, Split, make_split
from classifier.data.training_films import TrainingFilms
from classifier.errors import BadTrainingData, LeakingSplit
from classifier.ragged import Ragged

DIM = 512


def make_data(n: int = 300, *, dim: int = DIM) -> Dataset:
    """Return random trailers of one to four frames; row n has the group of row n - 1 where n is a multiple of ten."""
    random = np.random.default_rng(1)
    labels = random.random((n, 4)) < 0.4
    return Dataset(
        X=Ragged.from_sequences([random.random((1 + n % 4, dim)).astype(np.float32) for n in range(n)]),
        Y=labels,
        known=np.ones_like(labels),
        genres=("Action", "Comedy", "Drama", "Horror"),
        ids=tuple(f"trailer {n}" for n in range(n)),
        groups=tuple(f"film {n - (n % 10 == 0)}" for n in range(n)),
        digests=tuple(f"{n:064x}" for n in range(n)),
        features_id="synthetic",
    )


def with_copy(data: Dataset, *, noise: float) -> Dataset:
    """Return the data with the last row showing the pictures of the first, a little changed."""
    sequences = list(data.X)
    random = np.random.default_rng(2)
    sequences[-1] = (sequences[0] + noise * random.normal(size=sequences[0].shape)).astype(np.float32)
    return dataclasses.replace(data, X=Ragged.from_sequences(sequences))


def apart(data: Dataset, *rows: int) -> Split:
    """Return a split that has the last of `rows` in the test part and all others in training."""
    parts = dict.fromkeys(data.ids, PARTS[0]) | {data.ids[rows[-1]]: PARTS[2], data.ids[5]: PARTS[1]}
    return Split(0, data.sha256, parts)


def test_rows_are_dealt_64_16_20_and_no_group_stands_in_two_parts() -> None:
    data = make_data(1000)
    split = make_split(data, seed=0)
    sizes = [len(split.rows(data, part)) for part in PARTS]
    assert sizes == pytest.approx([640, 160, 200], abs=3)
    assert all(split.parts[f"trailer {n}"] == split.parts[f"trailer {n - 1}"] for n in range(10, 1000, 10))
    split.check(data)


def test_each_part_has_its_share_of_every_genre() -> None:
    data = make_data(1000)
    split = make_split(data, seed=0)
    for part, share in zip(PARTS, (0.64, 0.16, 0.20), strict=True):
        assert split.rows(data, part).Y.sum(axis=0) == pytest.approx(share * data.Y.sum(axis=0), abs=4)


def test_one_seed_gives_one_split_and_another_seed_another() -> None:
    data = make_data()
    assert make_split(data, seed=3).sha256 == make_split(data, seed=3).sha256
    assert make_split(data, seed=3).parts != make_split(data, seed=4).parts


@pytest.mark.parametrize(
    ("n_learnt", "tested_of_new"),
    [(0, 200), (500, 200), (800, 200), (900, 100), (990, 10), (1000, 0)],
    ids=["none is learnt", "half", "all but the test part", "fewer are new", "one film is new", "none is new"],
)
def test_a_split_tests_on_films_that_are_new_to_the_model_in_use(n_learnt: int, tested_of_new: int) -> None:
    data = make_data(1000)
    split = make_split(data, seed=0, learnt=TrainingFilms.from_groups(data.groups[:n_learnt]))
    assert [len(split.rows(data, part)) for part in PARTS] == pytest.approx([640, 160, 200], abs=10)
    tested = [row for row in data.ids[n_learnt:] if split.parts[row] == "test"]
    assert len(tested) == pytest.approx(tested_of_new, abs=10)
    split.check(data)


def test_a_copy_of_a_learnt_film_is_not_new() -> None:
    data = with_copy(make_data(), noise=0.01)
    learnt = TrainingFilms.from_groups(group for group in data.groups if group != data.groups[299])
    parts = make_split(data, seed=0, learnt=learnt).parts
    fresh = make_split(make_data(), seed=0, learnt=learnt).parts
    assert (parts["trailer 0"], parts["trailer 299"]) == (parts["trailer 299"], parts["trailer 0"])
    assert fresh["trailer 299"] == "test"


@pytest.mark.parametrize("seed", range(6))
def test_equal_files_and_near_duplicates_stay_together(seed: int) -> None:
    data = with_copy(make_data(), noise=0.01)
    same = dataclasses.replace(data, digests=(*data.digests[:101], data.digests[7], *data.digests[102:]))
    parts = make_split(same, seed=seed).parts
    assert parts["trailer 0"] == parts["trailer 299"]
    assert parts["trailer 7"] == parts["trailer 101"]


def test_a_copy_is_found_and_different_pictures_are_not() -> None:
    assert list(near_duplicates(make_data())) == []
    assert list(near_duplicates(with_copy(make_data(), noise=0.01))) == [(0, 299)]
    assert list(near_duplicates(with_copy(make_data(), noise=1.0))) == []


def test_what_the_starter_sees_must_be_more_alike_to_be_a_copy() -> None:
    alike, more_alike = (with_copy(make_data(), noise=noise) for noise in (0.1, 0.03))  # cosine about 0.94, 0.99
    by_starter = [dataclasses.replace(data, features_id="starter-recon2015-0-r1") for data in (alike, more_alike)]
    assert list(near_duplicates(alike)) == list(near_duplicates(more_alike)) == [(0, 299)]
    assert [list(near_duplicates(data)) for data in by_starter] == [[], [(0, 299)]]


def test_a_few_features_can_not_tell_a_copy() -> None:
    assert list(near_duplicates(with_copy(make_data(dim=7), noise=0.0))) == []


def test_a_split_with_a_group_a_file_or_a_near_duplicate_on_two_sides_is_refused() -> None:
    data = make_data()
    with pytest.raises(LeakingSplit, match="'film 19'"):
        apart(data, 19, 20).check(data)
    same = dataclasses.replace(data, digests=(*data.digests[:101], data.digests[7], *data.digests[102:]))
    with pytest.raises(LeakingSplit, match="1 file in"):
        apart(same, 7, 101).check(same)
    copied = with_copy(data, noise=0.01)
    with pytest.raises(LeakingSplit, match="trailer 0 and trailer 299"):
        apart(copied, 0, 299).check(copied)
    apart(data, 0, 299).check(data)


def test_a_split_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    split = make_split(make_data(), seed=5)
    split.save(tmp_path / "split.json")
    again = Split.load(tmp_path / "split.json")
    assert (again.sha256, again.parts, again.seed) == (split.sha256, split.parts, 5)
    assert [file.name for file in tmp_path.iterdir()] == ["split.json"]


def test_a_split_for_other_rows_is_refused_with_the_way_out() -> None:
    split = make_split(make_data(100), seed=0)
    with pytest.raises(BadTrainingData, match="leave --split out"):
        split.check(make_data(120))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 100_000, '{"parts": {}}', "\xff",
        json.dumps({"seed": 0, "data_sha256": "", "parts": {"train": ["a"], "validation": ["a"], "test": []}}),
        json.dumps({"seed": 0, "data_sha256": "", "parts": {"train": [1], "validation": [], "test": []}}),
        json.dumps({"seed": 0, "data_sha256": "", "parts": {"train": [["a"]], "validation": [], "test": []}}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_split_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(text)
    with pytest.raises(BadTrainingData):
        Split.load(path)
    with pytest.raises(BadTrainingData):
        Split.load(tmp_path / "nowhere.json")

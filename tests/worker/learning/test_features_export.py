import json
from pathlib import Path

import numpy as np
import pytest

from classifier.data.files import load_dataset
from classifier.errors import BadTrainingData
from db.queue.job_records import Inputs
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from worker.learning.datasets import dataset_from_store

OTHER = "inception_v3-imagenet-1a2b3c4d-r2"


def add_films(home: Home) -> None:
    """Store five trailers: a film and its sequel, one labelled by MovieLens, one unlabelled, one of other weights."""
    home.add(
        "youtube:AAAAAAAAAAA", title="Iron Man - Trailer", labels=TrailerLabels(("Action", "Sci-Fi"), "imdb", "tt1")
    )
    home.add(
        "youtube:BBBBBBBBBBB", title="Iron Man 2 (2010)", labels=TrailerLabels(("Action",), "movielens"), n_frames=7
    )
    home.add("file:cccccccccccccccc", title="Iron Man again", labels=TrailerLabels(("Music",), "list.csv", "tt1"))
    home.add("youtube:DDDDDDDDDDD", title="Another film")
    home.add("youtube:EEEEEEEEEEE", title="Old", labels=TrailerLabels(("War",), "imdb"), features_id=OTHER)


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_what_is_exported_is_what_the_database_holds(home: Home, run: Command, tmp_path: Path, suffix: str) -> None:
    add_films(home)
    status, summary = run.json("features", "export", tmp_path / f"out.{suffix}")
    dataset = load_dataset(tmp_path / f"out.{suffix}")
    assert (status, summary["trailers"], summary["labelled"]) == (0, 4, 3)
    assert dataset.sha256 == summary["sha256"] == dataset_from_store(home.store, home.features_id, layer=None).sha256
    assert dataset.ids == tuple(sorted(dataset.ids))
    for place, trailer_id in enumerate(dataset.ids):
        kept = home.store.features.load(trailer_id, home.features_id)
        assert kept is not None
        np.testing.assert_array_equal(dataset.X[place], kept.vectors.astype(np.float16))


def test_labels_of_several_sources_say_what_they_do_not_know(home: Home) -> None:
    add_films(home)
    dataset = dataset_from_store(home.store, home.features_id)
    assert dataset.genres == ("Action", "Music", "Sci-Fi")
    rows = dict(zip(dataset.ids, zip(dataset.Y.tolist(), dataset.known.tolist(), strict=True), strict=True))
    assert rows["youtube:AAAAAAAAAAA"] == ([True, False, True], [True, True, True])
    assert rows["youtube:BBBBBBBBBBB"] == ([True, False, False], [True, False, True])
    assert rows["file:cccccccccccccccc"] == ([False, True, False], [True, True, True])


def test_a_film_its_sequel_and_its_other_titles_are_one_group(home: Home) -> None:
    add_films(home)
    dataset = dataset_from_store(home.store, home.features_id, layer=None)
    groups = dict(zip(dataset.ids, dataset.groups, strict=True))
    film = {groups[name] for name in ("youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB", "file:cccccccccccccccc")}
    assert film == {"iron man"}
    assert groups["youtube:DDDDDDDDDDD"] == "another"
    assert dataset.digests[dataset.ids.index("file:cccccccccccccccc")].startswith("cccc")


def groups_of(home: Home) -> dict[str, str]:
    dataset = dataset_from_store(home.store, home.features_id, layer=None)
    return dict(zip(dataset.ids, dataset.groups, strict=True))


def test_sixteen_files_with_numbered_names_are_sixteen_films(home: Home) -> None:
    for number in range(1, 17):
        home.add(f"file:{number:016x}", title=f"WB-{number:04}_trailer.mp4")
    assert len(set(groups_of(home).values())) == 16


def test_trailers_of_one_film_id_franchise_or_title_are_one_group_whatever_their_files_are_called(home: Home) -> None:
    given = {
        "file:aaaaaaaaaaaaaaaa": Inputs(external_ids=("WB-0001",), film="F-1"),
        "file:bbbbbbbbbbbbbbbb": Inputs(external_ids=("WB-0002",), film="F-1"),
        "file:cccccccccccccccc": Inputs(external_ids=("WB-0003",), film="F-2", franchise="The Étoile saga"),
        "file:dddddddddddddddd": Inputs(external_ids=("WB-0004",), franchise="the etoile SAGA"),
        "file:eeeeeeeeeeeeeeee": Inputs(title="Iron Man 2", external_ids=("WB-0005",)),
        "youtube:FFFFFFFFFFF": Inputs(external_ids=("WB-0006",)),
        "file:0000000000000000": Inputs(external_ids=("WB-0007",)),
    }
    for trailer_id, inputs in given.items():
        home.add(trailer_id, title="Iron Man - Official Trailer")
        home.store.trailers.add_inputs(trailer_id, inputs)
    groups = groups_of(home)
    first, second, third, fourth, titled, youtube, bare = (groups[trailer_id] for trailer_id in given)
    assert first == second and third == fourth and titled == youtube == "iron man"
    assert len({first, third, titled, bare}) == 4


def test_limit_labelled_and_other_weights_choose_what_is_exported(home: Home, run: Command, tmp_path: Path) -> None:
    add_films(home)
    out = tmp_path / "out.npz"
    assert run.json("features", "export", out, "--limit", 2)[1]["trailers"] == 2
    assert run.json("features", "export", out, "--labelled")[1]["trailers"] == 3
    assert run.json("features", "export", out, "--features-id", OTHER)[1]["genres"] == ["War"]
    status, _, err = run("features", "export", out, "--features-id", "unheard-of")
    assert (status, OTHER in err) == (4, True)


def test_of_several_kinds_nobody_decided_on_one_must_be_named(
    run: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_films(home)
    monkeypatch.setenv("TRAILERS_BACKBONE", "auto")  # no model judges these: the starter only stands in
    status, _, err = run("features", "export", tmp_path / "out.npz")
    assert status == 4
    assert "features of several kinds; give --features-id" in err
    assert run("features", "export", tmp_path / "out.npz", "--features-id", home.features_id)[0] == 0


def test_the_only_features_there_are_are_exported(home: Home, run: Command, tmp_path: Path) -> None:
    home.add("youtube:EEEEEEEEEEE", labels=TrailerLabels(("War",), "imdb"), features_id=OTHER)
    assert run.json("features", "export", tmp_path / "out.npz")[1]["features_id"] == OTHER


def test_mistakes_are_told_before_anything_is_read(home: Home, run: Command, tmp_path: Path) -> None:
    assert run("features", "export", tmp_path / "out.csv")[0] == 1
    assert run("features", "export", tmp_path / "out.npz")[0] == 4
    home.add("youtube:DDDDDDDDDDD")
    status, _, err = run("features", "export", tmp_path / "out.npz", "--labelled")
    assert (status, "trailers labels import" in err) == (1, True)
    assert not (tmp_path / "out.npz").exists()


def test_features_that_change_while_they_are_read_give_no_data_set(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    add_films(home)
    counts = home.store.features.counts
    monkeypatch.setattr(home.store.features, "counts", lambda ids: {key: n + 1 for key, n in counts(ids).items()})
    with pytest.raises(BadTrainingData, match="changed while they were read"):
        dataset_from_store(home.store, home.features_id)


def test_stale_lists_those_whose_features_are_of_other_weights_only(home: Home, run: Command) -> None:
    add_films(home)
    home.add("youtube:DDDDDDDDDDD", features_id=OTHER)
    status, out, err = run("features", "stale", "--json")
    assert (status, json.loads(out)) == (0, {"trailer_id": "youtube:EEEEEEEEEEE", "features_ids": [OTHER]})
    assert "1 trailer has no features of" in err
    assert "--mode stale" in err
    assert run("features", "stale", "--features-id", OTHER)[1].count("\n") == 3


def test_kinds_and_stale_read_no_vectors(home: Home) -> None:
    add_films(home)
    assert home.store.features.kinds() == {home.features_id: 4, OTHER: 1}
    profile = home.store._access.database.command("profile", 2)
    try:
        list(home.store.features.stale(OTHER))
        home.store.features.kinds()
        plans = [
            entry["planSummary"]
            for entry in home.store._access.database["system.profile"].find(
                {"op": {"$in": ["query", "command"]}, "planSummary": {"$exists": True}}
            )
        ]
    finally:
        home.store._access.database.command("profile", profile["was"])
    assert plans
    assert all(plan.startswith("IXSCAN") or "COUNT" in plan or "DISTINCT" in plan for plan in plans), plans

"""Published data sets: synthetic ones in their layouts, of tests.support.published, and the real lists."""

import csv
import json
import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr

from classifier.data.labels import LabelColumns, read_labels
from db.features import Features
from db.queue.batch_records import BatchRow
from db.queue.batches import Batches
from db.queue.jobs import JobFilter
from tests.support import published
from tests.support.homes import Command, Home
from worker.batches import preparing as batches
from worker.errors import WorkerError
from worker.importers.datasets import FEATURES, LISTS
from worker.importers.lists import WantedRows, usable_rows
from worker.importers.tally import Tally
from worker.importers.zarr_arrays import ZarrFile
from worker.learning.datasets import dataset_from_store

FEATURES_ID = "inception_v3-trailers15k-2cd9e4ec-1fps"
STORED = ("trailers", "features", "jobs", "batches", "batch_rows")


def read(name: str, path: Path, limit: int | None = None) -> tuple[list[dict[str, object]], Tally, list[str]]:
    """Return the usable rows of a list, the counts, and what was said."""
    tally, said = Tally(), list[str]()
    lines = usable_rows(WantedRows(name, path, ("youtube",), limit), said.append, tally)
    return [json.loads(line) for line in lines], tally, said


def everything(home: Home) -> dict[str, object]:
    return {name: home.documents(name) for name in STORED}


# --- lists become batches


def write_movienet(folder: Path) -> Path:
    rows = [
        ("tt0000001", published.video_id(1), "['Drama', 'Sci-Fi']", "One (2001)", 120.5),
        ("tt0000002", published.video_id(2), "['-1ru6xV7SOMDrama', 'Kunstfilm']", "Two (2002)", 99),
        ("tt0000003", published.video_id(1), "['War']", "One again", 99),
        ("tt0000004", "javascript:0", "['War']", "Bad", 99),
    ]
    split = {"trn": [published.video_id(1)], "tst": [published.video_id(2)]}
    (folder / "movienet_splits.json").write_text(json.dumps(split))
    header = ("imdb_id", "youtube_id", "genres", "title", "duration")
    return published.write_csv(folder / "movienet_trailers_genres_clean.csv", header, rows)


def test_a_list_becomes_jobs_with_labels_and_what_is_wrong_is_counted(home: Home, run: Command, tmp_path: Path) -> None:
    write_movienet(tmp_path)
    status, said = run.json("import", "movienet", tmp_path)
    jobs = {job["trailer_id"]: job for job in home.documents("jobs").values()}
    assert (status, said["rows"], said["used"], said["repeated"], said["problems"]) == (3, 4, 2, 1, {"bad_source": 1})
    assert said["unknown_genres"] == {"Kunstfilm": 1}
    assert said["repaired_genres"] == {"-1ru6xV7SOMDrama": 1}
    given = jobs[f"youtube:{published.video_id(1)}"]["given"]
    assert given.pop("label_list").startswith("movienet-")
    assert given == {
        "title": "One (2001)",
        "genres": ["Drama", "Sci-Fi"],
        "label_source": "movienet",
        "imdb_id": "tt0000001",
        "split": "train",
    }
    assert jobs[f"youtube:{published.video_id(2)}"]["given"]["split"] == "test"


def test_importing_twice_changes_nothing(home: Home, run: Command, tmp_path: Path) -> None:
    write_movienet(tmp_path)
    first = run.json("import", "movienet", tmp_path)[1]
    before = everything(home)
    status, second = run.json("import", "movienet", tmp_path / "movienet_trailers_genres_clean.csv")
    assert (status, second["batch_id"], second["new"]) == (3, first["batch_id"], False)
    assert everything(home) == before
    assert len(list((home.folder / "imports").iterdir())) == 1


def test_a_killed_import_goes_on_in_the_same_batch(
    home: Home, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_movienet(tmp_path)
    write, calls = Batches.write, list[object]()

    def interrupted(self: Batches, rows: Sequence[BatchRow]) -> None:
        calls.append(rows)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(batches, "CHUNK", 1)
        patch.setattr(Batches, "write", interrupted)
        assert run("import", "movienet", tmp_path)[0] == 130
    first = home.documents("batch_rows")
    status, said = run.json("import", "movienet", tmp_path)
    assert (status, len(first), len(home.documents("batches")), len(home.documents("batch_rows"))) == (3, 1, 1, 2)
    assert first.items() <= home.documents("batch_rows").items()
    assert home.store.jobs.count(JobFilter(batch_id=said["batch_id"])) == {"queued": 2}


def test_a_dry_run_writes_nothing_and_a_limit_is_kept(home: Home, run: Command, tmp_path: Path) -> None:
    write_movienet(tmp_path)
    status, said = run.json("import", "movienet", tmp_path, "--dry-run", "--limit", 1)
    assert (status, said["used"], said["dry_run"]) == (0, 1, True)
    assert not any(everything(home).values())
    assert run.json("import", "movienet", tmp_path, "--limit", 1)[1]["used"] == 1
    assert len(home.documents("jobs")) == 1


def test_movielens_takes_genres_and_imdb_ids_from_the_tables_beside_it(tmp_path: Path) -> None:
    links = [
        (published.video_id(1), 1, "Toy (1995)"),
        (published.video_id(2), 2, "No genres"),
        ("XEH06oFfJSY/", 3, "x"),
    ]
    published.write_csv(tmp_path / "ml-youtube.csv", ("youtubeId", "movieId", "title"), links)
    rows, tally, said = read("movielens", tmp_path)
    assert ([row.get("genres") for row in rows], len(said)) == ([None, None], 2)
    movies = [(1, "Toy (1995)", "Children|Sci-Fi|IMAX"), (2, "No genres", "(no genres listed)")]
    published.write_csv(tmp_path / "movies.csv", ("movieId", "title", "genres"), movies)
    published.write_csv(tmp_path / "links.csv", ("movieId", "imdbId", "tmdbId"), [(1, "0114709", 862)])
    rows, tally, said = read("movielens", tmp_path / "ml-youtube.csv")
    assert (rows[0]["genres"], rows[0]["imdb_id"], "genres" in rows[1]) == (["Family", "Sci-Fi"], "tt0114709", False)
    assert (tally.problems, tally.unknown_genres, said) == ({"bad_source": 1}, {}, [])


def write_imdb5000(folder: Path, *, slipped: bool) -> None:
    films = [
        ("Tangled", "Animation"),
        ("Up", "Animation"),
        ("Saw", "Horror"),
        ("Alien", "Sci-Fi"),
        ("King Kong", "Drama"),
    ]
    films.append(("King Kong", "Adventure"))
    url = "https://www.youtube.com/watch?v="
    links = [(n, f"{title}\xa0", f"{url}{published.video_id(n)}&t=5s") for n, (title, _) in enumerate(films)]
    links += [(7, "No link\xa0", ""), (8, "A channel\xa0", "https://www.youtube.com/user/movies")]
    published.write_csv(folder / "imdb5000_trailer_links.csv", ("", "movie_title", "trailer_link"), links)
    named = ("Adventure", "Animation", "Drama", "Horror", "Sci-Fi")
    titles = [title for title, _ in films[slipped:] + films[:slipped]]
    rows = [(title, *(int(name == genre) for name in named)) for title, (_, genre) in zip(titles, films, strict=True)]
    published.write_csv(folder / "imdb5000_genre_matrix.csv", ("movie_title", *named), rows)


def test_imdb5000_joins_titles_without_their_blank_and_leaves_shared_titles_unlabelled(tmp_path: Path) -> None:
    write_imdb5000(tmp_path, slipped=False)
    rows, tally, said = read("imdb5000", tmp_path)
    assert [row.get("genres") for row in rows] == [["Animation"], ["Animation"], ["Horror"], ["Sci-Fi"], None, None]
    assert (rows[0]["title"], rows[0]["url"]) == ("Tangled", f"https://www.youtube.com/watch?v={published.video_id(0)}")
    assert tally.problems == {"bad_source": 2}
    assert "1 title of" in said[0]


def test_genres_that_have_slipped_off_their_titles_are_left_out(tmp_path: Path) -> None:
    write_imdb5000(tmp_path, slipped=True)
    rows, _, said = read("imdb5000", tmp_path)
    assert not any("genres" in row for row in rows)
    assert "don't belong to the titles" in said[0]


def test_trailers12k_takes_youtube_ids_from_the_metadata_and_keeps_all_splits(tmp_path: Path) -> None:
    table = published.write_trailers12k(tmp_path)
    rows, tally, _ = read("trailers12k", table)
    assert rows == [
        {
            "url": f"https://www.youtube.com/watch?v={published.video_id(11)}",
            "imdb_id": "tt0000011",
            "title": "One",
            "genres": ["Action", "Thriller"],
            "split": "0:train 1:valid 2:test",
        }
    ]
    assert tally.problems == {"not_found": 1}
    (tmp_path / "metadata.json").unlink()
    with pytest.raises(WorkerError, match=r"metadata\.json"):
        read("trailers12k", table)


def test_lmtd9_queues_its_videos_and_none_from_outside_its_folder(tmp_path: Path, clip: Path) -> None:
    folder = published.write_lmtd9(tmp_path, clip)
    (folder / "videos" / "000003.mp4").symlink_to("/etc/passwd")
    rows, tally, _ = read("lmtd9", folder)
    assert [(row["url"], row["imdb_id"], row["title"]) for row in rows] == [
        (str(folder / "videos" / "000002.mp4"), "tt0000002", "Two")
    ]
    assert (rows[0]["genres"], rows[0]["split"]) == (["Action", "Sci-Fi"], "valid")
    assert tally.problems == {"file_not_found": 2}


@pytest.mark.parametrize("name", [*LISTS, *FEATURES, "mmimdb"])
def test_another_layout_is_refused_with_the_one_expected(name: str, run: Command, tmp_path: Path) -> None:
    table = published.write_csv(tmp_path / "trailers15k-mltc.csv", ("a", "b"), [(1, 2)])
    (tmp_path / "metadata.json").write_text('{"trailers12k": {}}')
    status, _, err = run("import", name, table)
    assert status == 1
    assert "mid" in err or "lmtd9_0" in err or "expected: " in err or "not valid JSON" in err
    assert run("import", name, tmp_path / "nowhere")[0] == 1


# --- features


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published.write_trailers15k(tmp_path / "trailers15k")
    return tmp_path / "trailers15k"


def test_trailers15k_becomes_features_of_their_own_kind_with_labels_and_splits(
    home: Home, run: Command, folder: Path
) -> None:
    status, said = run.json("import", "trailers15k", folder)
    assert (status, said["written"], said["problems"]) == (3, 3, {"not_found": 1})
    assert home.store.features.kinds() == {FEATURES_ID: 3}
    kept = home.store.features.load("trailers15k:tt0000002", FEATURES_ID)
    assert kept is not None
    np.testing.assert_allclose(kept.vectors, published.vectors(6, seed=2), rtol=1e-3, atol=1e-6)
    assert (kept.provenance.weights_sha256, kept.provenance.frame_rule) == ("", "trailers15k-1fps")
    labels = home.documents("trailers")["trailers15k:tt0000003"]["labels"]
    assert (labels["genres"], labels["imdb_id"], labels["split"]) == (["Horror", "Thriller"], "tt0000003", "valid")
    dataset = dataset_from_store(home.store, FEATURES_ID).with_genres(("Drama", "War"))
    assert dataset.known.tolist() == [[True, False]] * 3
    assert dataset.published == ("train", "train", "valid")


def test_a_folder_is_read_like_a_zip_file(home: Home, run: Command, folder: Path) -> None:
    (folder / "train.zip").unlink()
    published.write_zarr(folder / "train.zarr", {"tt0000001": published.vectors(5)})
    status, said = run.json("import", "trailers15k", folder / "valid.zip")
    assert (status, said["written"], said["problems"]) == (3, 2, {"not_found": 2})


def test_features_that_are_there_are_not_read_again(
    home: Home, run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "trailers15k", folder)
    before = everything(home)
    monkeypatch.setattr("worker.importers.zarr_arrays.import_numcodecs", None)
    status, said = run.json("import", "trailers15k", folder)
    assert (status, said["written"], said["used"]) == (3, 0, 3)
    assert everything(home) == before


def test_a_killed_import_of_features_goes_on_with_the_next(
    home: Home, run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = Features.save, list[object]()

    def interrupted(self: Features, *arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        save(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Features, "save", interrupted)
    assert run("import", "trailers15k", folder)[0] == 130
    first = home.documents("features")
    assert len(first) == 1
    assert run.json("import", "trailers15k", folder)[1]["written"] == 2
    assert {name: home.documents("features")[name] for name in first} == first


def test_without_numcodecs_the_message_says_how_to_get_it(
    run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numcodecs.blosc", None)
    status, _, err = run("import", "trailers15k", folder)
    assert (status, "pip install 'numcodecs" in err) == (1, True)


def changed(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Write a zip store anew with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def with_meta(**fields: object) -> Callable[[dict[str, bytes]], object]:
    def change(members: dict[str, bytes]) -> None:
        meta = json.loads(members["tt1/.zarray"])
        members["tt1/.zarray"] = json.dumps({**meta, **fields}).encode()

    return change


def bomb(members: dict[str, bytes]) -> None:
    """A Blosc chunk of a few bytes that says it unpacks to 2 GB."""
    data = bytearray(members["tt1/0.0"])
    data[4:8] = (2**31 - 64).to_bytes(4, "little")
    members["tt1/0.0"] = bytes(data)


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "objects": (with_meta(dtype="|O", filters=[{"id": "pickle", "protocol": 4}]), "unsupported_format"),
    "a filter that runs pickle": (with_meta(filters=[{"id": "pickle"}]), "unsupported_format"),
    "an unknown codec": (with_meta(compressor={"id": "pickle"}), "unsupported_format"),
    "another width": (with_meta(shape=[4, 1024]), "bad_dimensions"),
    "too many frames": (with_meta(shape=[4001, 2048]), "bad_dimensions"),
    "no frames": (with_meta(shape=[0, 2048]), "bad_dimensions"),
    "chunks of a gigabyte": (with_meta(chunks=[200_000, 2048]), "too_large"),
    "thousands of chunks": (with_meta(shape=[5, 2048], chunks=[1, 1]), "too_large"),
    "no numbers": (with_meta(shape=["a", None]), "bad_dimensions"),
    "a missing chunk": (lambda m: m.pop("tt1/1.0"), "truncated"),
    "a bomb": (bomb, "corrupt"),
    "noise": (lambda m: m.update({"tt1/0.0": b"\xff" * 99}), "corrupt"),
    "metadata that is not JSON": (lambda m: m.update({"tt1/.zarray": b"{" * 70_000}), "too_large"),
    "zarr format 3": (lambda m: m.update({"tt1/zarr.json": b"{}"}), "unsupported_format"),
    "two arrays of one name": (lambda m: m.update({"x/tt1/.zarray": m["tt1/.zarray"]}), "not_found"),
    "a path that leads out": (lambda m: [m.update({f"../{k}": v}) or m.pop(k) for k, v in [*m.items()]], "not_found"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_store_is_refused_before_it_is_unpacked(name: str, tmp_path: Path) -> None:
    change, code = HOSTILE[name]
    path = tmp_path / "train.zip"
    published.write_zarr(path, {"tt1": published.vectors(4)})
    changed(path, change)
    with pytest.raises(WorkerError) as caught, ZarrFile(path) as file:
        file.read("tt1", max_rows=4000, dim=2048)
    assert caught.value.code == code


@pytest.mark.parametrize("packing", [numcodecs.Zlib(), numcodecs.GZip(), None])
def test_each_packing_that_numbers_come_in_is_read(packing: object, tmp_path: Path) -> None:
    array = published.vectors(4).astype(np.float64)
    store = zarr.storage.ZipStore(tmp_path / "x.zip", mode="w")
    zarr.create_group(store, zarr_format=2).create_array("a", data=array, chunks=(2, 700), compressors=packing)
    store.close()
    with ZarrFile(tmp_path / "x.zip") as file:
        np.testing.assert_array_equal(file.read("a", max_rows=9, dim=2048), array.astype(np.float32))


def test_a_zlib_bomb_is_not_unpacked(tmp_path: Path) -> None:
    store = zarr.storage.ZipStore(tmp_path / "x.zip", mode="w")
    group = zarr.create_group(store, zarr_format=2)
    group.create_array("tt1", data=published.vectors(4), chunks=(4, 2048), compressors=numcodecs.Zlib())
    store.close()
    packed = numcodecs.Zlib(9).encode(bytes(2**26))
    changed(tmp_path / "x.zip", lambda members: members.update({"tt1/0.0": packed}))
    with pytest.raises(WorkerError, match="does not unpack"), ZarrFile(tmp_path / "x.zip") as file:
        file.read("tt1", max_rows=4000, dim=2048)


def test_a_chunk_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    published.write_zarr(tmp_path / "train.zarr", {"tt1": published.vectors(4)})
    chunk = next((tmp_path / "train.zarr" / "tt1").glob("0?0"))
    chunk.unlink()
    chunk.symlink_to("/dev/zero")
    with pytest.raises(WorkerError) as caught, ZarrFile(tmp_path / "train.zarr") as file:
        file.read("tt1", max_rows=4000, dim=2048)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_features_that_are_not_finite_are_not_kept(home: Home, run: Command, folder: Path, value: float) -> None:
    array = published.vectors(5)
    array[3, 7] = value
    published.write_zarr(folder / "new.zip", {"tt0000003": array})
    (folder / "new.zip").rename(folder / "valid.zip")
    assert run.json("import", "trailers15k", folder)[1]["problems"] == {"not_found": 1, "corrupt": 1}
    assert len(home.documents("features")) == len(home.documents("trailers")) == 2


# --- features of other networks


def test_trailers12k_brings_features_of_several_networks_each_of_its_own_kind(
    home: Home, run: Command, tmp_path: Path
) -> None:
    published.write_trailers12k(tmp_path)
    dims = {"resnet50": 2048, "swin": 768, "swin3d": 768}
    stores = {"resnet50": "trailers_i_resnet_fpc24", "swin": "i_swin_fpc24", "swin3d": "trailers_ik_swin_fps24_fpc24"}
    for name, dim in dims.items():
        published.write_zarr(tmp_path / f"{stores[name]}.zarr", {"tt0000011": published.vectors(5, dim=dim)})
        status, said = run.json("import", f"trailers12k-{name}", tmp_path)
        assert (status, said["written"], said["problems"]) == (3, 1, {"not_found": 1})
        assert home.store.features.dim(said["features_id"]) == dim
    assert len(home.store.features.kinds()) == 3
    trailer = home.documents("trailers")["trailers12k:tt0000011"]
    assert (trailer["labels"]["genres"], trailer["labels"]["imdb_id"]) == (["Action", "Thriller"], "tt0000011")
    assert (trailer["labels"]["split"], trailer["source"]["title"]) == ("0:train 1:valid 2:test", "One")
    assert run("import", "trailers12k-swin", tmp_path / "i_swin_fpc24.zarr")[0] == 3


def test_the_names_that_the_authors_programs_use_are_found_and_features_need_no_metadata(
    home: Home, run: Command, tmp_path: Path
) -> None:
    published.write_trailers12k(tmp_path).rename(tmp_path / "trailers12k_mgtc.csv")
    (tmp_path / "metadata.json").unlink()
    published.write_zarr(tmp_path / "i_resnet_fpc24.zarr", {"tt0000011": published.vectors(5)})
    status, out, err = run("import", "trailers12k-resnet50", tmp_path)
    assert (status, "without titles and links" in err, "1 trailer written" in out) == (3, True, True)
    (tmp_path / "labels").mkdir()
    write_movienet(tmp_path).rename(tmp_path / "labels" / "trailers_genres_clean.csv")
    (tmp_path / "movienet_splits.json").rename(tmp_path / "labels" / "splits.json")
    rows, _, _ = read("movienet", tmp_path)
    assert [row["split"] for row in rows] == ["train", "test"]


def test_mmtf14k_becomes_one_vector_a_trailer_with_genres_and_link(home: Home, run: Command, tmp_path: Path) -> None:
    vectors = published.write_mmtf14k(tmp_path / "Final_MMTF14K_Web")
    status, said = run.json("import", "mmtf14k", tmp_path)
    assert (status, said["written"], said["problems"]) == (3, 1, {"not_found": 1, "bad_dimensions": 1})
    assert (said["labelled"], said["unknown_genres"]) == (1, {"martian": 1})
    kept = home.store.features.load("mmtf14k:1", said["features_id"])
    assert kept is not None
    np.testing.assert_allclose(kept.vectors, vectors["1"], rtol=1e-3, atol=1e-6)
    trailer = home.documents("trailers")["mmtf14k:1"]
    assert (trailer["labels"]["source"], trailer["labels"]["genres"]) == ("movielens", ["Family", "Sci-Fi", "martian"])
    assert trailer["source"]["url"] == f"https://www.youtube.com/watch?v={published.video_id(1)}"
    before = everything(home)
    assert run.json("import", "mmtf14k", tmp_path / "Final_MMTF14K_Web")[1]["written"] == 0
    assert everything(home) == before


# --- posters and plots become a table


def test_mmimdb_becomes_a_table_to_train_on_with_its_split(home: Home, run: Command, tmp_path: Path) -> None:
    folder = published.write_mmimdb(tmp_path / "mmimdb")
    status, said = run.json("import", "mmimdb", tmp_path)
    assert (status, said["used"], said["labelled"]) == (3, 3, 3)
    assert said["problems"] == {"bad_source": 2}
    assert run.json("import", "mmimdb", folder)[1]["table"] == said["table"]
    with Path(said["table"]).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["poster"], row["split"]) for row in rows] == [
        ("0000005.jpeg", "train"), ("", "train"), ("0000009.jpeg", "test")
    ]  # fmt: skip
    assert rows[0]["plot"] == 'Film 5: a "longer"\nplot, by far.'
    assert (rows[0]["imdb_id"], rows[0]["title"], rows[0]["genres"]) == ("tt0000005", "Film, 5", "Drama|Sci-Fi")
    found = read_labels(Path(said["table"]), LabelColumns(("plot",), (("genres", "imdb"),), ("title",)))
    assert [label.published for label in found.files] == ["train", "train", "test"]
    assert run("import", "mmimdb", folder, "--dry-run", "--limit", 2)[1].endswith("2 films would be in the table\n")


# --- the real lists


def test_texts_that_no_encoder_takes_are_mended_in_the_table_of_mmimdb(run: Command, tmp_path: Path) -> None:
    folder = published.write_mmimdb(tmp_path / "mmimdb")
    (folder / "split.json").write_text(json.dumps({"train": ["0000005"], "odd\ud800": ["0000006"]}))
    film = {"title": "Bad \ud800", "year": "19\ud80090", "genres": ["Drama"], "plot": "A \udfff plot."}
    (folder / "dataset" / "0000006.json").write_text(json.dumps(film))
    status, said = run.json("import", "mmimdb", folder)
    *_, row = csv.DictReader(Path(said["table"]).read_text("utf-8").splitlines())
    assert (status, row["title"], row["year"], row["split"]) == (0, "Bad \ufffd", "19\ufffd90", "odd\ufffd")


def test_mmimdb_without_a_usable_film_names_no_table(run: Command, tmp_path: Path) -> None:
    folder = published.write_mmimdb(tmp_path / "mmimdb")
    shutil.rmtree(folder / "dataset")
    status, out, _ = run("import", "mmimdb", folder)
    assert (status, out.splitlines()[-1]) == (1, "no films to train on")


def test_links_of_trailers12k_are_links_and_nothing_else(home: Home, run: Command, tmp_path: Path) -> None:
    published.write_trailers12k(tmp_path)
    films = {
        number: {"imdb": {"id": f"00000{number}"}, "youtube": {"trailers": [{"id": link}]}}
        for number, link in ((11, published.video_id(11)), (12, "javascript:alert(1)"))
    }
    (tmp_path / "metadata.json").write_text(json.dumps({"trailers12k": films}))
    arrays = {f"tt00000{number}": published.vectors(3) for number in films}
    published.write_zarr(tmp_path / "trailers_i_resnet_fpc24.zarr", arrays)
    assert run("import", "trailers12k-resnet50", tmp_path)[0] == 0
    urls = {trailer_id: it["source"]["url"] for trailer_id, it in home.documents("trailers").items()}
    assert urls == {
        "trailers12k:tt0000011": f"https://www.youtube.com/watch?v={published.video_id(11)}",
        "trailers12k:tt0000012": "trailers12k:tt0000012",
    }


def test_numbers_of_mmtf14k_that_are_too_large_are_told_as_such(home: Home, run: Command, tmp_path: Path) -> None:
    published.write_mmtf14k(tmp_path)
    vectors = tmp_path / "Visual" / "AlexNet features" / "Avg" / "AlexNetFeatures - AVG - fc7.csv"
    vectors.write_text("movieId\n1," + ",".join(["1e39"] * 4096))
    status, said = run.json("import", "mmtf14k", tmp_path)
    assert (status, said["problems"]) == (1, {"not_found": 2, "corrupt": 1})


@pytest.mark.shared_data
def test_the_real_movienet_list(shared_data: Path) -> None:
    rows, tally, said = read("movienet", shared_data / "lists")
    assert (tally.rows, tally.used, tally.labelled, tally.repeated, said) == (26_412, 26_412, 26_391, 0, [])
    assert (tally.problems, tally.unknown_genres, tally.repaired_genres) == ({}, {}, {"-1ru6xV7SOMDrama": 1})
    splits = [row["split"] for row in rows]
    assert [splits.count(part) for part in ("train", "valid", "test")] == [18_488, 2_642, 5_282]


@pytest.mark.shared_data
def test_the_real_movielens_list(shared_data: Path) -> None:
    _, tally, said = read("movielens", shared_data / "lists" / "ml-youtube.csv")
    assert (tally.rows, tally.used, tally.repeated, tally.problems) == (25_623, 25_584, 38, {"bad_source": 1})
    assert len(said) == 2, "neither movies.csv nor links.csv is there"


@pytest.mark.shared_data
def test_the_genres_of_the_real_imdb5000_list_are_not_believed(shared_data: Path) -> None:
    rows, tally, said = read("imdb5000", shared_data / "lists")
    assert (tally.rows, tally.used, tally.repeated, tally.problems) == (4_070, 3_811, 173, {"bad_source": 86})
    assert tally.labelled == 0
    assert "3 of 16 well-known films" in said[0]
    titles = [row["title"] for row in rows]
    assert not any(str(title) != str(title).strip() for title in titles)

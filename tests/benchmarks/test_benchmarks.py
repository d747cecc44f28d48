"""Benchmarks, their cheap parts: a small film made and probed, a way measured, ratios, storage, search."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks import extract, library, load, similarity, storage
from benchmarks.__main__ import NAMES
from benchmarks.children import measure_in_child
from benchmarks.distillation.weights import SHAPES, write_weights
from benchmarks.films import ENDINGS, Film, get_film
from benchmarks.load_times import Times, together
from benchmarks.shots import LONGEST_S, SHORTEST_S, cut, draw
from db.embedded.share import EmbeddedMongod
from db.store import Store
from extractor.limits import Limits
from extractor.networks.starter import FILE
from extractor.video.probe import probe

FILM = Film("h264", 360, 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    return get_film(FILM, folder=folder)


def scene_changes(video: Path) -> int:
    command = ["ffmpeg", "-nostdin", "-i", str(video), "-vf", "select='gt(scene,0.3)',showinfo", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return said.count("pts_time:")


@pytest.mark.slow
def test_a_film_has_the_size_length_and_cuts_that_were_asked_for(film: Path) -> None:
    info = probe(film, limits=Limits())
    assert (info.codec, info.width, info.height, info.fps) == ("h264", 640, 360, 24)
    assert info.duration_s == pytest.approx(4, abs=0.05)
    assert scene_changes(film) == len(cut(4)) - 1 == 1


@pytest.mark.slow
def test_the_same_shot_shows_the_same_pictures_each_time() -> None:
    graph = draw(cut(4)[1], width=64, height=36)
    command = ["ffmpeg", "-v", "error", "-filter_complex", graph, "-map", "[shot]", "-f", "md5", "-"]
    first, second = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_a_film_is_encoded_as_sites_do_it_and_has_grain(film: Path) -> None:
    kinds = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "frame=pict_type", "-of", "csv=p=0", str(film)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert kinds.count("B") > kinds.count("P")
    assert 350_000 < film.stat().st_size * 8 / 4 < 1_400_000


@pytest.mark.slow
def test_a_film_is_made_once_and_nothing_unfinished_is_left(film: Path, folder: Path) -> None:
    made_at = film.stat().st_mtime_ns
    assert get_film(FILM, folder=folder).stat().st_mtime_ns == made_at
    assert sorted(path.name for path in folder.iterdir()) == [film.name, "shots-4s"]
    assert {path.suffix for path in (folder / "shots-4s").iterdir()} == {".mkv"}


@pytest.mark.slow
@pytest.mark.parametrize("codec", [codec for codec in ENDINGS if codec != "h264"])
def test_a_film_comes_in_the_other_codecs_too(codec: str, film: Path, folder: Path) -> None:
    info = probe(get_film(Film(codec, 360, 4), folder=folder), limits=Limits())
    assert (info.codec, info.width, info.height) == (codec, 640, 360)
    assert info.duration_s == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("seconds", [1, 4, 9.5, 150])
def test_shots_fill_the_film_and_last_as_long_as_shots_do(seconds: float) -> None:
    shots = cut(seconds)
    assert sum(shot.seconds for shot in shots) == pytest.approx(seconds)
    assert all(min(seconds, SHORTEST_S) <= shot.seconds <= LONGEST_S for shot in shots)
    assert shots == cut(seconds)


@pytest.mark.slow
def test_a_way_is_measured_in_a_process_of_its_own(
    film: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights_file))
    run = extract.measure_one("ours float32", film)
    assert run.n_frames == 4
    assert 0 < run.cpu_s < 60
    assert 10 < run.ffmpeg_mb < 300 < run.rss_mb < 3000  # TensorFlow is here, not in its decoder


def test_a_measurement_that_fails_says_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="no such way"):
        measure_in_child("benchmarks.ways", "no such way", "video")


def test_ratios_come_from_the_runs(capsys: pytest.CaptureFixture[str]) -> None:
    def runs(*seconds: float) -> list[extract.Run]:
        return [extract.Run(150, wall_s, 1.0, 1000.0, 100.0) for wall_s in seconds]

    extract.print_ratios(
        {
            (extract.LARGE, "hobby"): runs(40, 44),
            (extract.SMALL, "hobby"): runs(30),
            (extract.LARGE, "ours float32"): runs(16, 26),
            (extract.SMALL, "ours float32"): runs(10),
        },
        ways=("ours float32",),
    )
    said = capsys.readouterr().out
    assert "h264 720p against hobby, h264 720p: 2.00\n" in said
    assert "h264 360p against hobby, h264 720p: 4.20\n" in said
    assert "h264 360p against hobby, h264 360p: 3.00\n" in said


def test_storage_is_measured_on_what_can_be_read_again(
    server: EmbeddedMongod, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.embedded(server, database="bench") as store:
        lists = store._access.collection("lists")
        writes, reads = storage.measure(store, lists, n_rounds=2)
        sizes = {storage.OURS: 600_000.0, storage.LISTS: 4_000_000.0}
        assert [len(seconds) for seconds in (*writes.values(), *reads.values())] == [2, 2, 2, 2]
        loaded = store.features.load("file:0000000000000002", storage.FEATURES_ID)
        assert loaded is not None
        np.testing.assert_allclose(
            loaded.vectors, storage.load_lists(lists, "file:0000000000000002"), rtol=1e-3, atol=1e-6
        )
        store._access.database.client.drop_database("bench")
    storage.report(writes, reads, sizes)
    assert "6.7" in capsys.readouterr().out


def test_the_search_finds_what_a_plain_sort_finds() -> None:
    vectors, queries = similarity.make_vectors(300), similarity.make_vectors(3, seed=1)
    expected = np.argsort(-(queries @ vectors.T), axis=1)[:, : similarity.TOP]
    np.testing.assert_array_equal(similarity.search(vectors, queries), expected)
    np.testing.assert_array_equal(similarity.make_peer(vectors)(queries), expected)
    assert similarity.no_room(1000) is None
    assert "GB are free" in str(similarity.no_room(10**12))


@pytest.mark.slow
def test_the_library_is_asked_for_all_its_pages(capsys: pytest.CaptureFixture[str]) -> None:
    library.main(["--trailers", "60", "--rows", "40", "--turns", "1"])
    said = capsys.readouterr().out
    assert "60 synthetic trailers" in said
    assert all(
        address in said for address in ("/review", "stage=failed", "/similar?limit=100", "sort=score", "x /healthz")
    )
    assert "slowest median" in said


@pytest.mark.slow
def test_clients_lose_no_job_and_meet_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    load.main(["--users", "3", "--seconds", "8", "--trailers", "20"])
    said = capsys.readouterr().out
    requests, errors, *_ = said.partition("all reads")[2].split()
    assert int(requests) > 0
    assert errors == "0"
    assert int(said.partition("jobs: ")[2].partition(" accepted, 0 lost")[0]) > 0


def test_percentiles_are_of_all_requests_together() -> None:
    fast, slow = Times(Counter({10.0: 94, 20.0: 1})), Times(Counter({300.0: 5}), n_errors=2)
    both = together([fast, slow])
    assert [both.percentile(share) for share in (0.5, 0.95, 0.99)] == [10, 20, 300]
    assert (both.n, both.n_errors, Times().percentile(0.5)) == (100, 2, 0)


def test_an_unknown_benchmark_is_refused_with_the_known_ones() -> None:
    answer = subprocess.run([sys.executable, "-m", "benchmarks", "nonsense"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert all(name in answer.stderr for name in NAMES)


def test_the_same_weights_of_the_starter_give_the_same_file(tmp_path: Path) -> None:
    arrays = {f"{name}/kernel": np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    arrays |= {f"{name}/bias": np.ones(shape[3:], np.float32) for name, shape in SHAPES.items()}
    write_weights(arrays, tmp_path / "a.npz")
    write_weights(arrays, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_starters_file_has_the_shapes_that_are_written() -> None:
    with np.load(FILE, allow_pickle=False) as arrays:
        assert {name.removesuffix("/kernel"): arrays[name].shape for name in arrays.files[::2]} == SHAPES

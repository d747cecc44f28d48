import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.posters import VIEWS
from worker.errors import WorkerError
from worker.learning.poster_features import PosterFeatures, extract_posters


class CountingBackbone:
    """A backbone whose vectors are the frames' mean colours; it counts posters and may break after some."""

    features_id = "counting-test-00000000-r2"
    provenance = Provenance("counting", "0" * 64, "r1", "float32")

    frame_size, dim = 299, 2048

    def __init__(self, *, break_after: int = 10**9) -> None:
        self.n_posters = 0
        self._break_after = break_after

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        assert len(frames), "a batch of no frames"
        self.n_posters += len(frames) // VIEWS
        if self.n_posters > self._break_after:
            raise KeyboardInterrupt
        means = frames.mean(axis=(1, 2)).astype(np.float32)  # (frames, 3)
        return np.pad(means, ((0, 0), (0, 2045)))


def png(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 30), (level, level, level)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    path = tmp_path / "posters.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for level in range(0, 200, 10):
            archive.writestr(f"{level}.png", png(level))
        archive.writestr("broken.png", b"no picture")
    return path


@pytest.fixture
def extract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PosterFeatures]:
    monkeypatch.setattr("worker.learning.poster_features.BATCH", 4)
    monkeypatch.setattr("worker.learning.poster_features.CHUNK", 8)

    def extract(posters: Path, names: list[str], backbone: CountingBackbone) -> PosterFeatures:
        return extract_posters(posters, names, backbone, cache=tmp_path / "cache", on_progress=lambda done, total: None)

    return extract


def test_each_named_poster_is_one_row_and_bad_ones_are_counted(
    collection: Path, extract: Callable[..., PosterFeatures]
) -> None:
    features = extract(collection, ["30.png", "broken.png", "absent.png", "0.png", "30.png"], CountingBackbone())
    assert features.names == ("30.png", "0.png")
    assert features.vectors[:, 0].tolist() == [30, 0]
    assert features.n_bad == 1


@pytest.mark.parametrize("n_posters", [1, 15, 16, 17, 32])
def test_no_number_of_posters_makes_an_empty_batch(tmp_path: Path, n_posters: int) -> None:
    for number in range(n_posters):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        (tmp_path / f"broken {number}.png").write_bytes(b"no picture")  # whole batches of them, too
    names = [f"{kind}{number}.png" for kind in ("broken ", "") for number in range(n_posters)]
    cache = tmp_path.with_suffix(".cache")
    features = extract_posters(tmp_path, names, CountingBackbone(), cache=cache, on_progress=lambda done, total: None)
    assert features.vectors[:, 0].tolist() == list(range(n_posters))
    assert features.n_bad == n_posters


def test_a_collection_without_a_readable_poster_is_refused(
    collection: Path, extract: Callable[..., PosterFeatures]
) -> None:
    with pytest.raises(WorkerError, match="none of the labelled files") as caught:
        extract(collection, ["broken.png"], CountingBackbone())
    assert caught.value.code == "bad_source"


def test_an_interrupted_run_goes_on_where_it_was(collection: Path, extract: Callable[..., PosterFeatures]) -> None:
    names = [f"{level}.png" for level in range(0, 200, 10)]
    with pytest.raises(KeyboardInterrupt):
        extract(collection, names, CountingBackbone(break_after=10))
    second = CountingBackbone()
    features = extract(collection, names, second)
    assert second.n_posters == 12  # the first chunk of eight was kept
    assert features.vectors[:, 0].tolist() == list(range(0, 200, 10))
    third = CountingBackbone()
    assert np.array_equal(extract(collection, names, third).vectors, features.vectors)
    assert third.n_posters == 0


def test_features_kept_of_other_views_are_made_again(
    collection: Path, extract: Callable[..., PosterFeatures], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract(collection, ["0.png"], CountingBackbone())
    monkeypatch.setattr("worker.learning.poster_features.VIEWS_RULE", "another")
    second = CountingBackbone()
    extract(collection, ["0.png"], second)
    assert second.n_posters == 1


def test_a_folder_serves_as_well_as_a_zip(tmp_path: Path, extract: Callable[..., PosterFeatures]) -> None:
    folder = tmp_path / "posters" / "a"
    folder.mkdir(parents=True)
    (folder / "x.png").write_bytes(png(90))
    assert extract(folder.parent, ["a/x.png"], CountingBackbone()).vectors[0, 0] == 90


def test_a_missing_collection_a_text_and_foreign_names_are_refused(
    collection: Path, tmp_path: Path, extract: Callable[..., PosterFeatures]
) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    for posters, names, code in [
        (tmp_path / "none.zip", ["0.png"], "file_not_found"),
        (tmp_path / "text.zip", ["0.png"], "bad_source"),
        (collection, ["../../etc/passwd"], "bad_source"),
    ]:
        with pytest.raises(WorkerError) as caught:
            extract(posters, names, CountingBackbone())
        assert caught.value.code == code

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import load_dataset, save_dataset
from classifier.errors import BadTrainingData
from classifier.ragged import Ragged

N = 70  # more rows than one row group of Parquet


def make_dataset(dtype: str = "float16") -> Dataset:
    random = np.random.default_rng(0)
    X = Ragged.from_sequences([random.random((int(n), 32)).astype(dtype) for n in random.integers(1, 9, N)])
    Y = random.random((N, 3)) < 0.3
    return Dataset(
        X=X,
        Y=Y,
        known=Y | (random.random((N, 3)) < 0.5),
        genres=("Drama", "Sci-Fi", "Film Noir | é"),
        ids=tuple(f"youtube:{n:011}" for n in range(N)),
        groups=tuple(f"film {n // 2}" for n in range(N)),
        digests=("", *("ab" * 32 for _ in range(N - 1))),
        published=("", *(("train", "0:train 1:test")[n % 2] for n in range(N - 1))),
        features_id="inception_v3-synthetic-00000000-r2",
        modality="trailer",
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "saved.npz"
    save_dataset(make_dataset(), path)
    return path


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_data_set_comes_back_as_it_was(suffix: str, dtype: str, tmp_path: Path) -> None:
    dataset = make_dataset(dtype)
    save_dataset(dataset, tmp_path / f"x.{suffix}")
    loaded = load_dataset(tmp_path / f"x.{suffix}")
    assert loaded.sha256 == dataset.sha256
    assert loaded.X.values.dtype == dtype
    assert (loaded.groups, loaded.digests, loaded.modality) == (dataset.groups, dataset.digests, dataset.modality)
    assert loaded.published == dataset.published
    np.testing.assert_array_equal(loaded.known, dataset.known)
    assert [path.name for path in tmp_path.iterdir()] == [f"x.{suffix}"]


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_a_file_of_an_earlier_version_has_no_published_splits(suffix: str, saved: Path, tmp_path: Path) -> None:
    path = tmp_path / f"x.{suffix}"
    if suffix == "npz":
        path.write_bytes(rebuilt(saved, lambda members: members.pop("published.npy")))
    else:
        save_dataset(make_dataset(), path)
        pq.write_table(pq.read_table(path).drop_columns(["published"]), path, compression="none")
    assert load_dataset(path).published == ()
    assert load_dataset(path).sha256 == make_dataset().sha256


def test_numpy_alone_reads_the_file_as_documented(saved: Path) -> None:
    dataset = make_dataset()
    with np.load(saved, allow_pickle=False) as arrays:
        names = "vectors offsets Y known ids groups digests published genres features_id modality"
        assert set(arrays) == set(names.split())
        np.testing.assert_array_equal(arrays["vectors"], dataset.X.values)
        assert bytes(arrays["features_id"]) == b'"inception_v3-synthetic-00000000-r2"'


@pytest.mark.parametrize("name", ["x.csv", "x", "nowhere/x.npz", "folder.npz"])
def test_a_place_that_cannot_take_it_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(BadTrainingData):
        save_dataset(make_dataset(), tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder.npz"]


def test_a_write_that_fails_leaves_the_older_file_whole(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("classifier.data.npz.np.savez", fail)
    with pytest.raises(BadTrainingData, match="No space left"):
        save_dataset(make_dataset(), saved)
    assert saved.read_bytes() == before
    assert len(list(saved.parent.iterdir())) == 1


def rebuilt(saved: Path, change: Callable[[dict[str, bytes]], object], **options: int) -> bytes:
    """Return the file with its members changed."""
    with zipfile.ZipFile(saved) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def npy(array: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array))
    return out.getvalue()


def lying_npy() -> bytes:
    """A header that promises an array of 8 TB."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<f2", "fortran_order": False, "shape": (2**32, 1024)})
    return out.getvalue() + b"\0" * 64


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "an object array": (lambda m: m.update({"ids.npy": npy([{}])}), "must be"),
    "more than there is": (lambda m: m.update({"vectors.npy": lying_npy()}), "doesn't fit"),
    "another member": (lambda m: m.update({"../../evil.npy": npy([1])}), "members must be"),
    "a member missing": (lambda m: m.pop("known.npy"), "members must be"),
    "offsets out of range": (lambda m: m.update({"offsets.npy": npy(np.array([0, 2**62, N]))}), "offsets"),
    "offsets that overflow": (
        lambda m: m.update({"offsets.npy": npy(np.array([0, 2**63 - 1, -2, 300], np.int64))}),
        "offsets",
    ),
    "labels of another shape": (lambda m: m.update({"Y.npy": npy(np.zeros((2, 2), bool))}), "shape"),
    "ids that are no list": (lambda m: m.update({"ids.npy": npy(np.frombuffer(b'{"a": 1}', np.uint8))}), "list"),
    "broken JSON": (lambda m: m.update({"ids.npy": npy(np.frombuffer(b"[[[", np.uint8))}), "not a valid data set"),
    "deep JSON": (lambda m: m.update({"ids.npy": npy(np.frombuffer(b"[" * 10**6, np.uint8))}), "not a valid data set"),
    "infinite vectors": (
        lambda m: m.update({"vectors.npy": m["vectors.npy"][:-2] + np.float16(np.inf).tobytes()}),
        "not finite",
    ),
    "a cut array": (lambda m: m.update({"vectors.npy": m["vectors.npy"][:-2]}), "doesn't fit"),
    "an empty array": (lambda m: m.update({"Y.npy": b""}), "can't be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_npz_is_refused_with_what_is_wrong(name: str, saved: Path, tmp_path: Path) -> None:
    change, message = HOSTILE[name]
    (tmp_path / "x.npz").write_bytes(rebuilt(saved, change))
    with pytest.raises(BadTrainingData, match=message):
        load_dataset(tmp_path / "x.npz")


def test_a_compressed_npz_is_refused_because_its_size_says_nothing(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(rebuilt(saved, lambda members: None, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(BadTrainingData, match="compressed"):
        load_dataset(tmp_path / "x.npz")


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_a_flipped_or_cut_file_never_gives_another_error(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{suffix}"
    save_dataset(make_dataset(), path)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[int(random.integers(len(whole)))] ^= 1 << int(random.integers(8))
        path.write_bytes(bytes(damaged[: int(random.integers(len(whole)))]) if random.random() < 0.3 else damaged)
        try:
            loaded = load_dataset(path)
        except BadTrainingData:
            continue
        assert suffix == "parquet" or loaded.sha256 == make_dataset().sha256, "the checksum missed it"


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadTrainingData, match="pip install 'pyarrow"):
        save_dataset(make_dataset(), tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_parquet_file_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    save_dataset(make_dataset(), path)
    table = pq.read_table(path)
    place = table.schema.get_field_index("n_frames")
    lying = pa.array([2**31 - 1] * N, pa.int32())
    pq.write_table(table.set_column(place, table.schema.field(place), lying), path, compression="none")
    with pytest.raises(BadTrainingData, match="don't fit"):
        load_dataset(path)
    pq.write_table(table, path, compression="snappy")
    with pytest.raises(BadTrainingData, match="compressed"):
        load_dataset(path)
    pq.write_table(table.drop_columns(["group"]), path, compression="none")
    with pytest.raises(BadTrainingData, match="columns must be"):
        load_dataset(path)

"""Dataset files: everything training needs in one .npz or .parquet file, so that it needs no database."""

from collections.abc import Callable
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.npz import read_npz, write_npz
from classifier.data.parquet import read_parquet, write_parquet
from classifier.errors import BadTrainingData
from classifier.whole_file import whole_file

Write = Callable[[Dataset, Path], None]
Read = Callable[[Path], Dataset]
_FORMATS: dict[str, tuple[Write, Read]] = {
    ".npz": (write_npz, read_npz),
    ".parquet": (write_parquet, read_parquet),
}


def check_dataset_path(path: Path) -> None:
    """Raise BadTrainingData unless a data set can be written to `path`: before the long work, not after it."""
    _format(path)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise BadTrainingData(f"{str(path)!r} can't be written: it is a folder, or its folder isn't there")


def save_dataset(dataset: Dataset, path: Path) -> None:
    """Write a data set to a .npz or .parquet file, whole or not at all; raises BadTrainingData where that fails.

    `docs/data.md` says what such a file holds.
    """
    check_dataset_path(path)
    write, _ = _format(path)
    try:
        with whole_file(path) as part:
            write(dataset, part)
    except OSError as exc:
        raise BadTrainingData(f"{str(path)!r} can't be written: {exc.strerror or exc}") from exc


def load_dataset(path: Path) -> Dataset:
    """Return the data set in a file that `save_dataset` wrote, or another program in its form.

    Nothing in the file is run, and no more memory is taken than the file is long. Raises BadTrainingData for a file
    that isn't one.
    """
    _, read = _format(path)
    if not path.is_file():
        raise BadTrainingData(f"there is no data set {str(path)!r}; check the path")
    return read(path)


def _format(path: Path) -> tuple[Write, Read]:
    if found := _FORMATS.get(path.suffix.lower()):
        return found
    raise BadTrainingData(f"{path.name!r} must end in .npz or .parquet, so that its form is known")

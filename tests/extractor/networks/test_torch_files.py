import zipfile
from pathlib import Path

import numpy as np
import pytest

from extractor.errors import WeightsError
from extractor.networks.torch_files import read_tensors
from tests.support.networks import EMPTY, save_tensors, write_torch_file

NUMBERS = np.arange(24, dtype=np.float32)


def test_tensors_come_back_by_name_however_their_numbers_lie(tmp_path: Path) -> None:
    tensors = {"plain": NUMBERS.reshape(2, 3, 4), "turned": NUMBERS.reshape(4, 6).T, "single": NUMBERS[:1].reshape(())}
    found = read_tensors(save_tensors(tmp_path / "weights.pth", tensors))
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)


def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    table = b"\x80\x02cos\nmkdir\n(X" + len(str(trace)).to_bytes(4, "little") + str(trace).encode() + b"tR."
    with pytest.raises(WeightsError, match=r"is not a table of tensors.*os mkdir") as caught:
        read_tensors(write_torch_file(tmp_path / "weights.pth", table, {}))
    assert caught.value.code == "weights_corrupt"
    assert not trace.exists()


def test_a_tensor_that_is_not_in_its_storage_is_refused(tmp_path: Path) -> None:
    path = save_tensors(tmp_path / "weights.pth", {"kernel": NUMBERS.reshape(4, 6)})
    numbers = b"".join(b"J" + n.to_bytes(4, "little") for n in (4, 6))
    longer = b"".join(b"J" + n.to_bytes(4, "little") for n in (5, 6))
    path.write_bytes(path.read_bytes().replace(numbers, longer, 1))
    with pytest.raises(WeightsError, match=r"a tensor of shape \(5, 6\) is not in its storage of 24"):
        read_tensors(path)


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    whole = save_tensors(tmp_path / "weights.pth", {"kernel": NUMBERS}).read_bytes()
    with zipfile.ZipFile(tmp_path / "newer.pth", "w") as newer:
        newer.writestr("archive/data.pkl", b"\x80\x02}.")
    for content in (b"", whole[:-4], whole[:100], b"\x80\x02}.", (tmp_path / "newer.pth").read_bytes()):
        path = tmp_path / "other.pth"
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="is not a table of tensors"):
            read_tensors(path)


def test_a_number_in_place_of_a_tensor_is_refused(tmp_path: Path) -> None:
    path = write_torch_file(tmp_path / "weights.pth", b"\x80\x02" + EMPTY + b"X\x01\x00\x00\x00aK\x01s.", {})
    with pytest.raises(WeightsError, match="is not a table of tensors"):
        read_tensors(path)

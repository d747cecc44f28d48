"""Torch files: the tensors of a file that PyTorch before 1.6 saved, read without PyTorch.

Such a file is five pickles and then the numbers. A pickle can run any code when it is loaded, so none is loaded: its
operations are read one by one, and all but those that describe a table of tensors are refused.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError

BEGINNING = [0x1950A86A20F9469CFC6C, 1001]  # the magic number and the version
DTYPES = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
VALUES = ("BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "GLOBAL")

Stack = list[Any]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage: the number at `offset` first, steps of `strides` along its axes."""

    storage: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors by name, float32 or int64; raises WeightsError (weights_corrupt) for any other file."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as exc:
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} is not a table of tensors that PyTorch before 1.6 saved ({exc})"
        ) from exc


def _read(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    if [_evaluate(file) for _ in BEGINNING] != BEGINNING:
        raise ValueError("it begins otherwise")
    _evaluate(file)  # the machine that saved it
    tensors: dict[str, _Tensor] = _evaluate(file)
    dtypes = {tensor.storage: tensor.dtype for tensor in tensors.values()}
    storages = {key: _read_storage(file, dtypes[key]) for key in _evaluate(file)}
    return {name: _view(tensor, storages[tensor.storage]) for name, tensor in tensors.items()}


def _read_storage(file: IO[bytes], dtype: np.dtype[Any]) -> NDArray[Any]:
    n_numbers = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(n_numbers * dtype.itemsize), dtype, n_numbers)


def _view(tensor: _Tensor, storage: NDArray[Any]) -> NDArray[Any]:
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if min(tensor.offset, *tensor.shape, *tensor.strides, 0) < 0 or last >= len(storage):
        raise ValueError(f"a tensor of shape {tensor.shape} is not in its storage of {len(storage)}")
    steps = [step * storage.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, steps).copy()


def _evaluate(file: IO[bytes]) -> Any:
    """Return what the file's next pickle describes: numbers, texts, tables, and tensors."""
    machine = _Machine()
    for operation, argument, _ in pickletools.genops(file):
        if operation.name == "STOP":
            return machine.stack.pop()
        machine.step(operation.name, argument)
    raise ValueError("it ends early")


@dataclass(slots=True)
class _Machine:
    """The stack of a pickle, with what lies below each mark set aside, and its memo."""

    stack: Stack = field(default_factory=list)
    below: list[Stack] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, name: str, argument: Any) -> None:
        if name in VALUES:
            self.stack.append(argument)
        elif name in CONSTANTS:
            self.stack.append(CONSTANTS[name])
        else:
            _STEPS[name](self, argument)

    def since_mark(self) -> Stack:
        items, self.stack = self.stack, self.below.pop()
        return items

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def take(self, n: int) -> None:
        self.stack[-n:] = [tuple(self.stack[-n:])]

    def make_tuple(self) -> None:
        items = self.since_mark()
        self.stack.append(tuple(items))

    def append(self) -> None:
        item = self.stack.pop()
        self.stack[-1].append(item)

    def extend(self) -> None:
        items = self.since_mark()
        self.stack[-1].extend(items)

    def set_items(self) -> None:
        items = self.since_mark()
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.stack[-1][key] = value

    def reduce(self) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        self.stack.append(_CALLS[called](*arguments))

    def find_storage(self) -> None:
        _, kind, key, _, _, _ = self.stack.pop()
        self.stack.append((key, DTYPES[kind]))


def _tensor(
    storage: tuple[str, np.dtype[Any]], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    key, dtype = storage
    return _Tensor(key, dtype, offset, shape, strides)


_CALLS: dict[str, Callable[..., Any]] = {"collections OrderedDict": dict, "torch._utils _rebuild_tensor_v2": _tensor}
_STEPS: dict[str, Callable[[_Machine, Any], Any]] = {
    "PROTO": lambda machine, _: None,
    "BINPUT": lambda machine, place: machine.memo.update({place: machine.stack[-1]}),
    "LONG_BINPUT": lambda machine, place: machine.memo.update({place: machine.stack[-1]}),
    "BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "MARK": lambda machine, _: machine.mark(),
    "TUPLE": lambda machine, _: machine.make_tuple(),
    "TUPLE1": lambda machine, _: machine.take(1),
    "TUPLE2": lambda machine, _: machine.take(2),
    "TUPLE3": lambda machine, _: machine.take(3),
    "APPEND": lambda machine, _: machine.append(),
    "APPENDS": lambda machine, _: machine.extend(),
    "SETITEM": lambda machine, _: machine.set_item(),
    "SETITEMS": lambda machine, _: machine.set_items(),
    "REDUCE": lambda machine, _: machine.reduce(),
    "BINPERSID": lambda machine, _: machine.find_storage(),
    "BUILD": lambda machine, _: machine.stack.pop(),
}

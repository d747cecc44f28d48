"""Hostile files: each of tests/support/hostile/ gives its code or its frames, and reaches no network or canary."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import ExtractorError
from extractor.limits import Limits
from extractor.video import sandbox
from extractor.video.frames import FrameStream
from extractor.video.probe import probe
from tests.support.hostile.specimens import SPECIMENS
from tests.support.hostile.workshop import CANARY, Color, Specimen, Workshop
from tests.support.videos import read_number
from tests.support.working import in_time
from worker.errors import CLASSES

LIMITS = Limits(max_duration_s=60)
BYTES = 2**30  # a gigabyte, which no ffmpeg or ffprobe may use


@dataclass
class Listener:
    """A port on loopback that no one should call."""

    port: int
    calls: list[object] = field(default_factory=list)


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = Listener(server.getsockname()[1])
        threading.Thread(target=_listen, args=(server, heard), daemon=True).start()
        yield heard
        server.shutdown(socket.SHUT_RDWR)


def _listen(server: socket.socket, heard: Listener) -> None:
    try:
        while True:
            connection, address = server.accept()
            heard.calls.append(address)
            connection.close()
    except OSError:
        return


@pytest.fixture(scope="session")
def workshop(listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("hostile"), listener.port)


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = sandbox.DECODER._replace(data_bytes=BYTES)
    defaults = sandbox.start.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "limits", limits)


# every fourth is quick enough for make test
@pytest.mark.parametrize(
    "specimen",
    [
        pytest.param(specimen, id=ascii(specimen.name), marks=pytest.mark.slow if place % 4 else ())
        for place, specimen in enumerate(SPECIMENS)
    ],
)
def test_a_hostile_file_gives_its_code_or_its_frames(
    specimen: Specimen, workshop: Workshop, listener: Listener, little_memory: None
) -> None:
    path = specimen.make(workshop)
    try:
        frames = in_time(lambda: read(path))
    except ExtractorError as exc:
        assert exc.code == specimen.expected, str(exc)
        assert CANARY not in str(exc)
        assert exc.code in CLASSES
    else:
        check(frames, specimen)
    assert not listener.calls


def read(path: Path) -> NDArray[np.uint8]:
    """Return the frames of a video."""
    with FrameStream(path, probe(path, limits=LIMITS), limits=LIMITS) as stream:
        return np.concatenate(list(stream))


def check(frames: NDArray[np.uint8], specimen: Specimen) -> None:
    if isinstance(specimen.expected, Color):
        assert len(frames) == specimen.expected.n_frames
        assert np.abs(frames.astype(int) - specimen.expected.rgb).max() <= specimen.expected.within
    else:
        assert tuple(read_number(frame) for frame in frames) == specimen.expected


def test_there_are_a_hundred_hostile_files_with_names_of_their_own() -> None:
    assert len({specimen.name for specimen in SPECIMENS}) == len(SPECIMENS) >= 100

"""Fixtures of the tests of downloads: a YouTube that this process sees, and a folder with an awkward name."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.faketube import FakeYouTube


@pytest.fixture
def tube(tube: FakeYouTube, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYouTube]:
    """A YouTube for downloads of this process, which must leave none of theirs running."""
    for name, value in tube.environment.items():
        monkeypatch.setenv(name, value)
    yield tube
    assert psutil.Process().children(recursive=True) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to download to."""
    folder = tmp_path / "100% of scratch é"
    folder.mkdir()
    return folder

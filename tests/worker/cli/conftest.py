"""The command as a user runs it: real videos, real TensorFlow, a real embedded database in a home of the tests' own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.store import Store, open_store
from extractor.networks.weights import given_weights
from tests.support.homes import Command
from tests.support.models import make_model
from tests.support.videos import make_clip


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(own_home: Path) -> Iterator[Store]:
    """The database, held open so that the commands of these tests find it running."""
    with open_store(uri=None, home=own_home) as store:
        yield store


@pytest.fixture
def environment(
    own_home: Path, store: Store, nowhere: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    monkeypatch.setenv("TRAILERS_HOME", str(own_home))
    monkeypatch.setenv("TRAILERS_WEIGHTS", str(weights_file))
    return dict(os.environ)


@pytest.fixture
def run(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def model_id(run: Command, weights_file: Path, tmp_path: Path) -> str:
    """A made-up model for the weights in use, imported as a user would and active."""
    model = make_model(given_weights(weights_file).features_id)
    model.save(tmp_path / "model.zip")
    assert run("models", "import", str(tmp_path / "model.zip"), "--use")[0] == 0
    return model.model_id


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=3.5)

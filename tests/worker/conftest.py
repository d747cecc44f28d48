"""Fixtures of the tests of the worker: a stand-in for YouTube, models of posters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faketube import FakeYouTube
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_model, put_to_use


@pytest.fixture
def tube(clip: Path, tmp_path: Path) -> Iterator[FakeYouTube]:
    """A YouTube whose videos are a clip of two seconds."""
    with FakeYouTube(clip, tmp_path) as tube:
        yield tube


@pytest.fixture
def poster_models(home: Home) -> None:
    """Models of posters, and of posters and plots, in use in a home."""
    put_to_use(home.store, make_model(home.features_id, name="posters"))
    put_to_use(home.store, make_joined_model(home.features_id))

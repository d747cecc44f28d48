"""The service of these files, whose model, trailers and labels stay from test to test."""

import pytest

from web.service import Service


@pytest.fixture
def service(shared: tuple[Service, str]) -> Service:
    for name in ("jobs", "requests", "batches", "batch_rows"):
        shared[0].store._access.database[name].delete_many({})
    return shared[0]

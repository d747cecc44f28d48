"""Fixtures of the tests of the page and the API: one open service a file, and clients of it."""

import shutil
from collections.abc import Iterator

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.homes import empty
from tests.support.web_service import client_of, give_model, make_settings, open_service
from web.service import Service
from worker.service.web_settings import read_web_settings


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[tuple[Service, str]]:
    """The service of a file, which anybody may use as much as they like, and its address."""
    settings = make_settings(tmp_path_factory.mktemp("web") / "home", server)
    web = read_web_settings({"TRAILERS_REQUESTS_PER_MINUTE": "100000", "TRAILERS_OPEN_JOBS": "1000000"})
    with open_service(settings, web) as (service, url):
        give_model(service)
        yield service, url


@pytest.fixture
def service(shared: tuple[Service, str]) -> Service:
    """That service, with nothing stored but a model."""
    service, _ = shared
    empty(service.store)
    shutil.rmtree(service.settings.home / "uploads", ignore_errors=True)
    give_model(service)
    return service


@pytest.fixture
def client(service: Service, shared: tuple[Service, str]) -> Iterator[httpx.Client]:
    """A client of that service."""
    with client_of(shared[1]) as client:
        yield client

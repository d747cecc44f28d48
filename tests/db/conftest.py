"""Databases as other programs see them."""

from collections.abc import Iterator

import pymongo
import pytest
from pymongo.database import Database

from db.access import Document
from db.embedded.share import EmbeddedMongod
from db.store import Store


@pytest.fixture(scope="module")
def client(server: EmbeddedMongod) -> Iterator[pymongo.MongoClient[Document]]:
    with pymongo.MongoClient[Document](server.uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def plain(client: pymongo.MongoClient[Document], store: Store) -> Database[Document]:
    """The database of `store` as any other program sees it."""
    return client[store._access.database.name]


@pytest.fixture
def fresh(client: pymongo.MongoClient[Document]) -> Iterator[Database[Document]]:
    """A database that nobody has connected to."""
    yield client["fresh"]
    client.drop_database("fresh")

"""The store: a connection to the feature database and its collections."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from pymongo import MongoClient, WriteConcern
from pymongo.errors import ConfigurationError

from db.access import Access, Document
from db.backup.restoring import Backups
from db.check import Check
from db.embedded.share import EmbeddedMongod, start
from db.errors import StoreUnavailable
from db.features import Features
from db.identities import Identities
from db.indexes import ensure_schema
from db.labelling.house_layers import HouseLayers
from db.labelling.labels import Labels
from db.labelling.opinions import Opinions
from db.labelling.review_queue import ReviewQueue
from db.labelling.reviews import Reviews
from db.labelling.taxonomies import Taxonomies
from db.library import Library
from db.library_map import LibraryMap
from db.pictures.filmstrips import Filmstrips
from db.pictures.posters import Posters
from db.pictures.stills import Stills
from db.predictions import Predictions
from db.queue.batches import Batches
from db.queue.claims import Claims
from db.queue.deliveries import BatchDeliveries, Deliveries
from db.queue.jobs import Jobs
from db.queue.pace import PaceReader
from db.queue.recovery import Recovery
from db.queue.requests import Requests
from db.queue.throttle import Throttle
from db.queue.workers import Workers
from db.registry.measurements import Measurements
from db.registry.model_changes import ModelChanges
from db.registry.models import Models
from db.registry.placements import Placements
from db.removal import Removal
from db.retention import Retention
from db.trailers import Trailers
from db.trials import Trials
from db.verdicts import Verdicts

DURABLE = WriteConcern(w="majority", j=True, wtimeout=30_000)  # milliseconds; survives kill -9
SCHEMES = ("mongodb://", "mongodb+srv://")
EMBEDDED_S = 5.0
SILENCE_S = 60  # for a server that accepts a connection and then sends nothing


class Store:
    """The collections of one database; `close()` it, or use it as a context manager."""

    def __init__(self, access: Access, *, server: EmbeddedMongod | None = None) -> None:
        self._access = access
        self.server = server  #: the share in the embedded server, None for a server that MONGODB_URI names
        self.where = access.where  #: the server's address, without user and password
        self.trailers = Trailers(access)
        self.labels = Labels(access)
        self.house_layers = HouseLayers(access)
        self.identities = Identities(access)
        self.removal = Removal(access)
        self.retention = Retention(access)
        self.library = Library(access)
        self.library_map = LibraryMap(access)
        self.verdicts = Verdicts(access)
        self.reviews = Reviews(access)
        self.opinions = Opinions(access)
        self.review_queue = ReviewQueue(access)
        self.requests = Requests(access)
        self.features = Features(access)
        self.filmstrips = Filmstrips(access)
        self.stills = Stills(access)
        self.predictions = Predictions(access)
        self.placements = Placements(access)
        self.posters = Posters(access)
        self.models = Models(access)
        self.model_changes = ModelChanges(access)
        self.measurements = Measurements(access)
        self.throttle = Throttle(access)
        self.jobs = Jobs(access)
        self.pace = PaceReader(access)
        self.claims = Claims(access)
        self.recovery = Recovery(access)
        self.deliveries = Deliveries(access)
        self.batch_deliveries = BatchDeliveries(access)
        self.batches = Batches(access)
        self.workers = Workers(access)
        self.trials = Trials(access)
        self.taxonomies = Taxonomies(access)
        self.backups = Backups(access)
        self.check = Check(access)

    @classmethod
    def connect(cls, uri: str, *, database: str = "trailers", timeout_s: float = 5, as_it_is: bool = False) -> Self:
        """Return the store at `uri` with its indexes made and its data of this version, or `as_it_is`.

        Raises StoreUnavailable when no server answers within `timeout_s` seconds or `uri` can't be read, NewerData, and
        RestoreUnfinished.
        """
        client = make_client(uri, timeout_s=timeout_s)
        return cls(Access(client.get_database(database, write_concern=DURABLE), address(uri)))._checked(as_it_is)

    @classmethod
    def embedded(cls, server: EmbeddedMongod, *, database: str = "trailers", as_it_is: bool = False) -> Self:
        """Return the store on an embedded server; closing it closes `server` too. Raises StoreUnavailable."""
        client = make_client(server.uri, timeout_s=EMBEDDED_S)
        access = Access(client.get_database(database, write_concern=DURABLE), address(server.uri), server.folder)
        return cls(access, server=server)._checked(as_it_is)

    def _checked(self, as_it_is: bool) -> Self:
        try:
            with self._access.errors():
                if as_it_is:
                    self._access.database.client.server_info()
                else:
                    ensure_schema(self._access)  # its one read is the ping
        except BaseException:
            self._access.database.client.close()
            raise
        return self

    def bring_up_to_date(self) -> int | None:
        """Make the indexes and take the steps to this version; return the version before, None for no data.

        Raises NewerData, RestoreUnfinished.
        """
        with self._access.errors():
            return ensure_schema(self._access)

    @property
    def server_version(self) -> str:
        """The version of MongoDB that answers, e.g. 6.0.5; raises StoreUnavailable."""
        with self._access.errors():
            return str(self._access.database.client.server_info()["version"])

    def revive(self) -> None:
        """Restart an embedded server that is gone, e.g. after StoreUnavailable; leave a remote one alone."""
        if self.server:
            self.server.ensure()

    def close(self) -> None:
        """Close all connections, then release the share in an embedded server."""
        self._access.database.client.close()
        if self.server:
            self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def make_client(uri: str, *, timeout_s: float) -> MongoClient[Document]:
    """Return a client, not connected yet; raises StoreUnavailable for a bad connection string."""
    milliseconds = int(timeout_s * 1000)
    if uri.startswith(SCHEMES):
        # MongoClient's messages may show the password, and so would a chained exception.
        with suppress(ConfigurationError, ValueError, TypeError, OSError):
            return MongoClient(
                uri,
                appname="trailers",
                tz_aware=True,
                serverSelectionTimeoutMS=milliseconds,
                connectTimeoutMS=milliseconds,
                socketTimeoutMS=SILENCE_S * 1000,
            )
    raise StoreUnavailable(
        "MONGODB_URI can't be used: write mongodb://user:password@host:27017, special characters of the "
        "password percent-encoded; hosts and files it names must exist"
    )


def address(uri: str) -> str:
    """Return the part of a connection string that may be shown: hosts or socket, no user, password or options."""
    scheme, _, rest = uri.partition("://")
    hosts = rest.rpartition("@")[2].partition("?")[0].partition("/")[0]
    return unquote(f"{scheme}://{hosts}")


def open_store(
    *, uri: str | None, home: Path, port: int | None = None, timeout_s: float = 5, as_it_is: bool = False
) -> Store:
    """Return the store at `uri` or, without one, the embedded one below `home` (also on TCP `port` if given).

    A server at `uri` may take `timeout_s` seconds to answer. Its data is brought to this version, unless it is to be
    taken `as_it_is`, to be replaced. `close()` closes the connections and then releases the share in the embedded
    server. Raises StoreUnavailable, DiskFull, NewerData or RestoreUnfinished.
    """
    if uri:
        return Store.connect(uri, timeout_s=timeout_s, as_it_is=as_it_is)
    with ExitStack() as undo:
        share = undo.enter_context(start(home, port=port))
        try:
            store = Store.embedded(share, as_it_is=as_it_is)
        except StoreUnavailable:  # the server was being stopped just as it answered
            store = Store.embedded(share.ensure(), as_it_is=as_it_is)
        undo.pop_all()
    return store

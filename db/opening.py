"""Opening the store, on the server of a connection string or else in the embedded database."""

from contextlib import ExitStack
from pathlib import Path

from db.embedded.share import EmbeddedMongod, start
from db.errors import StoreUnavailable
from db.store import Store


def open_store(*, uri: str | None, home: Path, port: int | None = None) -> Store:
    """Return the store at `uri` or, without one, the embedded one below `home` (also on TCP `port` if given).

    `close()` closes the connections and then releases the share in the embedded server. Raises StoreUnavailable or
    DiskFull.
    """
    if uri:
        return Store.connect(uri)
    with ExitStack() as undo:
        share = undo.enter_context(start(home, port=port))
        store = _connect(share)
        undo.pop_all()
    return store


def _connect(share: EmbeddedMongod) -> Store:
    try:
        return Store.embedded(share)
    except StoreUnavailable:  # the server was being stopped just as it answered
        return Store.embedded(share.ensure())

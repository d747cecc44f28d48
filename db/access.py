"""Access to PyMongo: the handle that the collections use, and its errors as our own."""

import functools
import inspect
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bson.errors import BSONError
from gridfs.errors import CorruptGridFile
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from db.errors import Damaged, DiskFull, StoreError, StoreUnavailable

Document = dict[str, Any]
SCHEMA_VERSION = 4  # of the stored data; see db/migrations/steps.py
SPARE_BYTES = 64_000_000
OUT_OF_DISK_SPACE = 14031
NOT_ALLOWED = {13, 18}  # Unauthorized, AuthenticationFailed
ADVICE = "free some space, set TRAILERS_HOME to another folder, or MONGODB_URI to a running server"


@dataclass(frozen=True, slots=True)
class Access:
    """A database at `where`, an address without secrets; `folder` is on the disk it fills, None if remote."""

    database: Database[Document]
    where: str
    folder: Path | None = None

    def collection(self, name: str) -> Collection[Document]:
        """Return one collection of the database."""
        return self.database[name]

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what PyMongo raises into StoreUnavailable, DiskFull, Damaged, StoreError or ValueError."""
        try:
            yield
        except PyMongoError as exc:
            raise self._as_ours(exc) from exc
        except BSONError as exc:
            raise ValueError(f"this can't be stored in MongoDB: {exc}") from exc

    def require_room(self, size: int) -> None:
        """Raise DiskFull unless `size` bytes and some spare fit on the disk of an embedded database."""
        if not self._has_room(size):
            raise DiskFull(f"the disk of {self.folder} has no room for {size:,} more bytes: {ADVICE}")

    def _has_room(self, size: int) -> bool:
        if self.folder is None or not self.folder.exists():
            return True
        return shutil.disk_usage(self.folder).free >= size + SPARE_BYTES

    def _as_ours(self, exc: PyMongoError) -> StoreError:
        lost = isinstance(exc, ConnectionFailure | ConfigurationError | WTimeoutError)
        codes = _codes(exc)
        if OUT_OF_DISK_SPACE in codes or (lost and not self._has_room(0)):
            return DiskFull(f"the disk of the database at {self.where} is full: {ADVICE}")
        if codes & NOT_ALLOWED:
            return StoreUnavailable(f"{self.where} refuses access: check user and password in MONGODB_URI")
        if isinstance(exc, CorruptGridFile):
            return Damaged(f"a file in the database at {self.where} is damaged: write it again")
        if lost:
            advice = "start it, or correct MONGODB_URI" if self.folder is None else "try again, or see its mongod.log"
            return StoreUnavailable(f"no database answers at {self.where} ({_shorten(exc)}): {advice}")
        return StoreError(f"the database at {self.where} refused ({type(exc).__name__}: {_shorten(exc)})")


class Documents:
    """The documents of one collection; what its public methods raise of PyMongo's errors is raised as `Access` says."""

    _name: ClassVar[str]

    def __init_subclass__(cls, *, of: str) -> None:
        super().__init_subclass__()
        cls._name = of
        for name, method in list(vars(cls).items()):
            if inspect.isfunction(method) and not name.startswith("_"):
                setattr(cls, name, _guard(method))

    def __init__(self, access: Access) -> None:
        self._access = access
        self._collection = access.collection(self._name)


def _guard(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of Documents with our errors in place of PyMongo's."""

    @functools.wraps(method)
    def call(self: Documents, *args: Any, **kwargs: Any) -> Any:
        with self._access.errors():
            return method(self, *args, **kwargs)

    @functools.wraps(method)
    def generate(self: Documents, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with self._access.errors():
            yield from method(self, *args, **kwargs)

    return generate if inspect.isgeneratorfunction(method) else call


def _codes(exc: PyMongoError) -> set[int]:
    """Return the server's error codes, including those in the report of a bulk write."""
    if not isinstance(exc, OperationFailure):
        return set()
    inner = (exc.details or {}).get("writeErrors", [])
    return {code for code in (exc.code, *(error.get("code") for error in inner)) if code is not None}


def _shorten(exc: PyMongoError) -> str:
    text = str(exc)
    for end in (" (configured timeouts", ", Timeout:", ", full error"):
        text = text.partition(end)[0]
    return text[:200]

"""What can go wrong in the feature database.

StoreError: the database refused something that nobody foresaw
├── StoreUnavailable (store_unavailable): no server answers, or the embedded one can't start
├── DiskFull (disk_full): too little space to write safely
├── NotStored (not_found): no such document
└── Damaged (internal): what is kept isn't what was written

Each of these carries a `code`; what class a code is, the worker knows. A bare StoreError has none: what the server
says is for the log.
"""


class StoreError(Exception):
    """The base of all."""


class StoreUnavailable(StoreError):
    """No database answers."""

    code = "store_unavailable"


class DiskFull(StoreError):
    """The disk that holds the database has too little room."""

    code = "disk_full"


class NotStored(StoreError):
    """The document asked for is not there."""

    code = "not_found"


class Damaged(StoreError):
    """A document or file isn't what was written."""

    code = "internal"

"""What can go wrong in the feature database.

StoreError
├── StoreUnavailable (store_unavailable): no server answers, or the embedded one can't start
├── DiskFull (disk_full): too little space to write safely
├── NotStored (not_found): no such document
└── Damaged (internal): what is kept isn't what was written

Each carries a `code`; what class a code is, the worker knows.
"""


class StoreError(Exception):
    """The base of all: a message for people and the `code` for programs."""

    code = "internal"


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

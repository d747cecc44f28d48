"""Errors of the feature database.

StoreError: the database refused something that nobody foresaw
├── StoreUnavailable (store_unavailable): no server answers, or the embedded one can't start
├── NewerData (store_unavailable): a newer version of this program has written the data
├── RestoreUnfinished (store_unavailable): a restore was cut off, the data is half there
├── BadBackup (bad_backup): a file is no whole backup, or one of a newer version
├── DiskFull (disk_full): too little space to write safely
├── NotStored (not_found): no such document
└── Damaged (internal): a document or file is not what was written

Each of these carries a `code`; the worker knows the class of each code. A bare StoreError has none: what the server
says is for the log.
"""


class StoreError(Exception):
    """The base class."""


class StoreUnavailable(StoreError):
    """No database answers."""

    code = "store_unavailable"


class NewerData(StoreError):
    """A newer version of this program has written the data."""

    code = "store_unavailable"


class RestoreUnfinished(StoreError):
    """A restore was cut off: the data is half there."""

    code = "store_unavailable"


class BadBackup(StoreError):
    """A file is no whole backup, or one of a newer version."""

    code = "bad_backup"


class DiskFull(StoreError):
    """The database's disk has too little room."""

    code = "disk_full"


class NotStored(StoreError):
    """There is no such document."""

    code = "not_found"


class Damaged(StoreError):
    """A document or file is not what was written."""

    code = "internal"

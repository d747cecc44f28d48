"""Error codes, their classes, and how exceptions become errors of jobs and exit codes of commands.

permanent: trying again won't help. retry: it may. operator: a person must act; the lane pauses.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from db.queue.job_records import ErrorClass, JobError
from extractor.errors import ExtractorError

# fmt: off
_PERMANENT = (
    "bad_source", "host_not_allowed", "playlist_not_allowed", "live_not_allowed", "private", "unavailable",
    "members_only", "geo_blocked", "age_restricted", "drm", "too_large", "too_long", "unknown_duration",
    "file_not_found", "empty_file", "not_media", "unsupported_format", "unsafe_reference", "encrypted", "corrupt",
    "no_video_stream", "bad_dimensions", "too_many_streams", "bad_poster", "bad_plot", "unsafe_model", "no_model",
    "model_not_better", "no_weights", "features_mismatch", "weights_corrupt", "poisoned", "cancelled", "not_found",
    "bad_backup",
)
_RETRY = (
    "upcoming", "network_timeout", "download_truncated", "download_failed", "truncated", "decode_timeout",
    "store_unavailable", "broker_unavailable", "disk_full", "internal",
)
_OPERATOR = ("bot_check", "rate_limited", "extractor_broken", "media_forbidden")
# fmt: on

CLASSES: dict[str, ErrorClass] = {
    **dict.fromkeys(_PERMANENT, "permanent"),
    **dict.fromkeys(_RETRY, "retry"),
    **dict.fromkeys(_OPERATOR, "operator"),
}
SERVICE_CODES = ("store_unavailable", "broker_unavailable")
log = logging.getLogger("trailers")


def exit_status(codes: Sequence[str], *, n_all: int) -> int:
    """Return the exit code of a command that failed with these codes for some of `n_all` items."""
    if len(codes) < n_all or not codes:
        return 3 if codes else 0
    if all(code == "not_found" for code in codes):
        return 4
    return 5 if all(code in SERVICE_CODES for code in codes) else 1


class SettingsError(Exception):
    """A setting's value makes no sense; the message says which one and what would."""


class UsageError(Exception):
    """Arguments that mean nothing, alone or beside what is stored; the message says what would."""


class WorkerError(Exception):
    """An error that the worker itself found: a message for people and a `code` of the table."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def shown_as(path: Path, name: str) -> Iterator[None]:
    """Have errors call a file by the `name` that its owner knows, not by its path on this machine."""
    try:
        yield
    except (WorkerError, ExtractorError) as exc:
        message = str(exc).replace(repr(str(path)), repr(name))
        raise WorkerError(exc.code, message.replace(str(path), name).replace(path.name, name)) from exc


def describe(exc: BaseException) -> JobError:
    """Return the code, class and message of any exception; one without a code is `internal`.

    The text of such an exception goes only to the log, under a reference that the message names: it wasn't written for
    users, and may reveal something about this machine.
    """
    code = getattr(exc, "code", None)
    if code in CLASSES:
        return JobError(code, CLASSES[code], " ".join(str(exc).split()))
    reference = secrets.token_hex(4)
    log.error("an unexpected error, reference %s", reference, exc_info=exc)
    return JobError(
        "internal",
        CLASSES["internal"],
        f"an unexpected error ({type(exc).__name__}): the log has the details under reference {reference}; "
        "try again, and report it if it happens again",
    )

"""Sources: a link or a video file, told apart and given a trailer_id."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from db.identities import Identities
from db.records import is_trailer_id
from extractor.errors import NotMedia
from extractor.networks.weights import file_digest
from extractor.video.containers import check_container
from worker.errors import WorkerError
from worker.links import Link, is_video_id, looks_like_link, parse_link
from worker.sites import DEFAULT_SITES


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A user's video file, never changed or deleted."""

    path: Path
    sha256: str

    @property
    def trailer_id(self) -> str:
        """The id in the database: the same for every copy of the file."""
        return f"file:{self.sha256[:16]}"


def resolve_source(text: str, *, sites: Collection[str] = DEFAULT_SITES) -> Link | LocalFile:
    """Return the link or file that the text names; a file wins over a bare id or host in its name.

    Raises WorkerError for a link that can't be used or is not of the `sites`, NotMedia for a file that isn't a video.
    """
    if not text.strip():
        raise WorkerError("bad_source", "the source is empty; give a file, a link or a YouTube id")
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - "~nobody" stays as it is: a file that is not there
    is_link = looks_like_link(text.strip()) or is_video_id(text.strip())
    if is_link and ("://" in text or not _exists(path)):
        return parse_link(text, sites=sites)
    return read_file(path)


def find_trailer_id(text: str, identities: Identities, *, sites: Collection[str] = DEFAULT_SITES) -> str:
    """Return the trailer_id that the text is, else that of the one trailer with this id of a customer's.

    Where none has it, it is that of the source that the text names. Raises WorkerError (not_found) where it names
    nothing or several have the id, else like `resolve_source`.
    """
    if is_trailer_id(text):
        return text
    found = identities.find([text.strip()]).get(text.strip(), [])
    if len(found) > 1:
        several = f"{len(found)} trailers have the id {text[:200]!r}: {', '.join(found[:5])}"
        raise WorkerError("not_found", f"{several}; name one by its trailer_id")
    if found:
        return found[0]
    try:
        return resolve_source(text, sites=sites).trailer_id
    except NotMedia as exc:
        if exc.code != "file_not_found":
            raise
        raise WorkerError(
            "not_found",
            f"{text!r} is not a trailer_id, your own id, a link or a file; `trailers list` shows the ids",
        ) from exc


def read_file(path: Path) -> LocalFile:
    """Return the file with its digest; raises NotMedia for one that can't be a video."""
    check_container(path)
    return LocalFile(path, file_digest(path, "sha256"))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False

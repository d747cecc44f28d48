"""Sources: a link or a video file, told apart and given a trailer_id; and the trailer that a text names."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from db.library_records import LibraryQuery, LibraryTrailer
from db.records import is_trailer_id
from db.store import Store
from extractor.errors import NotMedia
from extractor.networks.weights import file_digest
from extractor.video.containers import check_container
from worker.errors import WorkerError
from worker.links import Link, is_video_id, looks_like_link, parse_link
from worker.sites import DEFAULT_SITES

SHORTEST = 4  # characters of the beginning of an id
SHOWN = 5  # of several trailers


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


def find_trailer(text: str, store: Store, *, sites: Collection[str] = DEFAULT_SITES) -> LibraryTrailer:
    """Return the stored trailer that a text names; raises WorkerError as `find_trailer_id`."""
    trailer_id = find_trailer_id(text, store, sites=sites)
    trailer = store.library.get(trailer_id)
    if trailer is None:
        raise WorkerError("not_found", f"{trailer_id} is not stored; `trailers list` shows what is")
    return trailer


def find_trailer_id(text: str, store: Store, *, sites: Collection[str] = DEFAULT_SITES) -> str:
    """Return the id of the trailer that a text names: by an id, its title, the beginning of its id, a link or the file.

    A stored trailer comes before a source that isn't. Raises WorkerError (not_found) where the text names nothing, or
    several trailers; else like `resolve_source`.
    """
    name = text.strip().rstrip("…")  # as a table shows an id where there is no room
    if is_trailer_id(name) and store.library.get(name):
        return name
    for how, found in _find_stored(name, store):
        if len(found) > 1:
            raise WorkerError(
                "not_found", f"{how} {name[:200]!r}: {_list(store, found)}; name one by its trailer_id or your own id"
            )
        if found:
            return found[0]
    if is_trailer_id(name):
        return name
    try:
        return resolve_source(text, sites=sites).trailer_id
    except NotMedia as exc:
        if exc.code != "file_not_found":
            raise
        raise WorkerError(
            "not_found",
            f"{name[:200]!r} is not a trailer_id or the beginning of one (of {SHORTEST} characters), your own id, a "
            f"title, a link or a file{_near(store, name) or '; `trailers list` shows what is stored'}",
        ) from exc


def _find_stored(name: str, store: Store) -> Iterator[tuple[str, list[str]]]:
    """Yield the trailers that a name may mean, the surest way first, each with the words for several."""
    yield "several trailers have your id", store.identities.find([name]).get(name, [])
    yield "several trailers have the title", store.identities.find_titled(name)
    if len(name) >= SHORTEST:
        yield "several trailers have an id that begins with", store.identities.find_beginning(name)


def _list(store: Store, trailer_ids: Sequence[str]) -> str:
    """Return the first of some trailers, each with what tells it from the others."""
    known = store.library.get_all(trailer_ids[:SHOWN]).values()
    more = f" and {len(trailer_ids) - SHOWN:,} more" if len(trailer_ids) > SHOWN else ""
    return ", ".join(map(_describe, known)) + more


def _describe(trailer: LibraryTrailer) -> str:
    told = (trailer.shown_title, trailer.year, trailer.external_id)
    return f"{trailer.trailer_id} ({', '.join(str(each) for each in told if each)})"


def _near(store: Store, name: str) -> str:
    """Return the stored trailers that these words find, as the end of a sentence."""
    found = store.library.find(LibraryQuery(text=name), limit=SHOWN).trailers
    return f"; did you mean {' or '.join(map(_describe, found))}?" if found else ""


def read_file(path: Path) -> LocalFile:
    """Return the file with its digest; raises NotMedia for one that can't be a video."""
    check_container(path)
    return LocalFile(path, file_digest(path, "sha256"))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False

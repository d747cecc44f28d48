"""Roots: the folders of TRAILERS_ROOTS, below which jobs and lists that come over HTTP may name files.

A path may lead anywhere by links, and another place a moment later. So where a file is is asked of the open file, and
this open file is the one that is read, by our child processes too.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from extractor.video.containers import check_kind, unopened
from worker.download.scratch import scratch_folder
from worker.errors import WorkerError
from worker.settings import Settings
from worker.sources import LocalFile, read_file

_OTHERWISE = "give a link or a YouTube id, or send the file to POST /v1/uploads and name it upload:ID"
_NO_PATHS = f"a path can't be given over HTTP; {_OTHERWISE}; the operator may open folders with TRAILERS_ROOTS"


def read_below(settings: Settings, text: str) -> LocalFile:
    """Return the file that a path, absolute or relative to a root, names; raises as `open_below`, and for no video."""
    path = find_below(settings.roots, text)
    with open_below(settings, path) as opened:
        return LocalFile(path, read_file(opened).sha256)


@contextmanager
def open_below(settings: Settings, path: Path) -> Iterator[Path]:
    """Yield another path to the file that is now at an absolute path below a root, with the same name.

    It leads this process and its children to that very file, whatever is done to its folders meanwhile. Raises
    WorkerError (bad_source) for what is not below a root, no matter whether it exists, and NotMedia for what is below
    one and is missing, a folder, a pipe or a device.
    """
    with _opened(settings.roots, path) as descriptor, scratch_folder(settings.scratch) as scratch:
        folder = scratch / "file"
        folder.mkdir()
        (folder / path.name).symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
        yield folder / path.name


def find_below(roots: Sequence[Path], text: str) -> Path:
    """Return the absolute path that a text names below a root: the first that exists, else the first.

    A name may be composed another way than in the text: a Mac's lists and files differ in this. Raises WorkerError
    (bad_source) where there is none, and where there are no roots.
    """
    if not roots:
        raise WorkerError("bad_source", _NO_PATHS)
    path = Path(text)
    spellings = dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))))
    places = [root / spelling for root in roots for spelling in spellings]
    named = [place for place in places if _is_below(place, (*roots, *map(_real, roots)))]
    inside = [place for place in named if ".." not in path.parts and _is_below(_real(place), map(_real, roots))]
    if found := next(filter(os.path.lexists, inside), None):
        return found
    if not named or inside != named:
        raise _outside(path)
    return named[0]


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(map(path.is_relative_to, folders))


def _real(path: Path) -> Path:
    """Return where a path leads, even if nothing is there; itself if no file can have it."""
    with suppress(OSError, ValueError):
        return Path(os.path.realpath(path))
    return path


@contextmanager
def _opened(roots: Sequence[Path], path: Path) -> Iterator[int]:
    """Yield a descriptor of a regular file below a root; opening it has no effect on it, nor on a device."""
    folders = [_real(root) for root in roots]
    if not _is_below(real := _real(path), folders):
        raise _outside(path)
    try:
        descriptor = os.open(real, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        raise unopened(path, exc) from exc
    try:
        if not _is_below(Path(f"/proc/self/fd/{descriptor}").readlink(), folders):
            raise _outside(path)  # its folder has become a link meanwhile
        check_kind(path, os.fstat(descriptor).st_mode)
        yield descriptor
    finally:
        os.close(descriptor)


def _outside(path: Path) -> WorkerError:
    why = f"{str(path)!r} is not in a folder whose files may be named over HTTP"
    return WorkerError("bad_source", f"{why}; name one below TRAILERS_ROOTS without '..', or {_OTHERWISE}")

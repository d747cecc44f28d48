"""Inputs: plots and posters that users give, checked before any work; the poster's picture is stored."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from db.records import KeptPoster
from db.store import Store
from extractor.errors import BadPlot, BadPoster
from extractor.plots import read_plot
from extractor.poster_child import shrink_apart
from extractor.posters import MAX_BYTES, Picture, shrink
from worker.download.pictures import fetch_picture
from worker.links import looks_like_link
from worker.predicting.plots import find_file, read_file
from worker.runtime import Runtime


def check_plot(text: str) -> str:
    """Return a plot without markup and surrounding blanks; raises BadPlot for one without words or far too long."""
    return read_plot(text.strip()).text


def find_plot(text: str) -> str:
    """Return the user's text as a plot, or the plot in the file that it names; raises BadPlot, or WorkerError."""
    path = find_file(text)
    return check_plot(text if path is None else read_file(path))


def read_plot_lines(lines: TextIO) -> str:
    """Return the plot on stdin; raises BadPlot."""
    try:
        return check_plot(lines.read(MAX_BYTES))
    except UnicodeDecodeError as exc:
        raise BadPlot("the plot on stdin is not valid UTF-8") from exc


def keep_poster(store: Store, text: str) -> str:
    """Return the sha256 of the poster file that `text` names, its picture stored; raises BadPoster, StoreError."""
    return keep_poster_bytes(store, _read_poster_file(text))


def keep_fetched_poster(runtime: Runtime, url: str) -> str:
    """Return the sha256 of the poster at an address of TMDB's, its picture stored.

    Raises BadPoster, StoreError, and WorkerError where it can't be fetched.
    """
    data = fetch_picture(url, runtime.settings)
    return runtime.patiently(lambda: keep_poster_bytes(runtime.store, data))


def keep_sent_poster(store: Store, data: bytes) -> str:
    """Return what `keep_poster_bytes` does of a file that a stranger sends, which a limited child unpacks."""
    return keep_poster_bytes(store, data, unpack=shrink_apart)


def keep_poster_bytes(store: Store, data: bytes, *, unpack: Callable[[bytes], Picture] = shrink) -> str:
    """Return the sha256 of a poster's file, its picture stored; raises BadPoster, StoreError."""
    digest = sha256(data).hexdigest()
    if not store.posters.find_usable([digest]):
        picture = unpack(data)
        store.posters.save(KeptPoster(digest, picture.data, picture.width, picture.height))
    return digest


def _read_poster_file(text: str) -> bytes:
    if looks_like_link(text):
        raise BadPoster(f"{text[:80]!r} is a link; give the picture's file")
    try:
        path = Path(text).expanduser()
        if not path.is_file():  # a pipe would never end
            raise BadPoster(f"there is no file {text!r}")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise BadPoster(f"the poster {text[:200]!r} can't be read: {reason}") from exc

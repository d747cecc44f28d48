"""What a user gives beside a source, plot and poster: read and checked before any work, the poster's picture kept."""

from hashlib import sha256
from pathlib import Path

from db.records import KeptPoster
from db.store import Store
from extractor.errors import BadPlot, BadPoster
from extractor.pictures import shrink
from extractor.plots import MAX_PLOT, read_plot
from extractor.posters import MAX_BYTES
from worker.links import looks_like_link

MAX_PLOT_BYTES = 4 * MAX_PLOT  # of UTF-8


def check_plot(text: str) -> str:
    """Return a plot without the blanks around it; raises BadPlot for one without words or far too long."""
    read_plot(text.strip())
    return text.strip()


def find_plot(text: str) -> str:
    """Return the plot that a user's text is, or that lies in the file it names; raises BadPlot."""
    path = _existing(text)
    return check_plot(text if path is None else _read_plot_file(path))


def keep_poster(store: Store, text: str) -> str:
    """Return the sha256 of the poster's file that `text` names, its picture kept from now on.

    Raises BadPoster, and what the database raises.
    """
    data = _read_poster_file(text)
    digest = sha256(data).hexdigest()
    if not store.posters.usable([digest]):
        picture = shrink(data)
        store.posters.keep(KeptPoster(digest, picture.data, picture.width, picture.height))
    return digest


def _existing(text: str) -> Path | None:
    """Return the path of the file, folder or device that a text names, None if it is just a text."""
    try:
        path = Path(text).expanduser()
        return path if text.strip() and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long for a name, with a NUL, of no user's home
        return None


def _read_plot_file(path: Path) -> str:
    if not path.is_file():  # a pipe would never end
        raise BadPlot(f"{str(path)!r} is no file; give the plot's text, or a file that holds it")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PLOT_BYTES + 1)
    except OSError as exc:
        raise BadPlot(f"the plot {str(path)!r} can't be read: {exc.strerror}") from exc
    if len(data) > MAX_PLOT_BYTES:
        raise BadPlot(f"the plot {str(path)!r} has over {MAX_PLOT_BYTES:,} bytes; at most {MAX_PLOT:,} characters go")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadPlot(f"the plot {str(path)!r} is no UTF-8 text") from exc


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

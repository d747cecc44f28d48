"""TMDB's names of posters: `/abc123.jpg`, a picture on its server, which is neither a file nor a link."""

import re

HOST = "image.tmdb.org"
TMDB = f"https://{HOST}/t/p/w500"
_BASE = re.compile(rf"https://{re.escape(HOST)}/t/p/\w+/?", re.ASCII)
_TMDB_PICTURE = re.compile(  # no /poster.jpg, which may be a file
    r"(?:(?:https?://)?image\.tmdb\.org/t/p/\w+)?"
    r"(/(?:[A-Za-z0-9]{20,64}|(?=[A-Za-z]*\d)[A-Za-z0-9]{3,19})\.(?:jpg|jpeg|png|webp|svg))",
    re.ASCII,
)


def check_poster_base(text: str) -> str:
    """Return the address that TMDB's names of posters are appended to, of `tmdb` the usual one; raises ValueError."""
    if text == "tmdb":
        return TMDB
    if not _BASE.fullmatch(text):
        raise ValueError(f"{text[:200]!r} is not a valid base of posters: give tmdb, or https://{HOST}/t/p/SIZE")
    return text.rstrip("/")


def find_tmdb_path(poster: str) -> str | None:
    """Return the path that TMDB's path or link of a poster names on its server, None for anything else."""
    found = _TMDB_PICTURE.fullmatch(poster)
    return found[1] if found else None


def poster_doubt(poster: str) -> str | None:
    """Return the note that TMDB's path or link of a poster can't be read, and how to have the picture fetched."""
    path = find_tmdb_path(poster)
    if path is None:
        return None
    return (
        f"poster not used (bad_poster): {poster!r} is TMDB's name for a picture on its server, not a file; "
        "have it fetched (trailers batch --poster-base tmdb), "
        f"or fetch it, curl -O {TMDB}{path}, and give the file {path[1:]}"
    )

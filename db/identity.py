"""Identity: what a customer calls a trailer and its film, its limits, and what follows from it."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.records import Source
from db.words import fold_text
from extractor.page_words import clean_title, spell_title

Scalar = str | int | float | bool
LONGEST: Mapping[str, int] = {"external_id": 200, "title": 1000, "imdb_id": 12, "film": 200, "franchise": 200}
FIRST_YEAR, LAST_YEAR = 1870, 2100
MAX_KEYS, MAX_KEY, MAX_BYTES = 50, 100, 8192  # of metadata: names, characters of a name, bytes as JSON
MAX_IDS = 20  # of one customer's, or several
IMDB_ID = re.compile(r"tt\d{7,10}", re.ASCII)
# Control characters, lone surrogates, separators of lines and paragraphs.
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_BETWEEN = re.compile(r"[\s_]+|\.(?=\D)|(?<=\D)\.(?=\d)")


@dataclass(frozen=True, slots=True)
class TrailerIdentity:
    """A trailer's stored identity, as far as it says which trailers belong together."""

    film_id: str | None = None
    title: str | None = None
    franchise: str | None = None


@dataclass(frozen=True, slots=True)
class IdentityEdit:
    """Changes of a trailer's identity: what is None stays, unless it is among the fields `cleared`.

    `external_ids` come after those that are stored, `metadata` replaces what is stored under the same keys, `unset`
    are keys to remove.
    """

    external_ids: tuple[str, ...] = ()
    title: str | None = None
    year: int | None = None
    imdb_id: str | None = None
    film: str | None = None
    franchise: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    cleared: frozenset[str] = frozenset()


def film_id_of(
    *, film: str | None, imdb_id: str | None, external_id: str | None, title: str | None, year: int | None
) -> str | None:
    """Return what all trailers of a film share: its id, IMDb's, the customer's id of the trailer, or title and year."""
    named = fold_text(title) if title else ""
    return film or imdb_id or external_id or (f"{named} ({year})" if named and year else None)


def shown_title(title: str | None, source: Source) -> str | None:
    """Return the title to show: the customer's, else the site's, else the name of the file without what isn't one."""
    if title or not source.title:
        return title
    return clean_file_name(source.title) if source.site == "file" else source.title


def clean_file_name(name: str) -> str:
    """Return a file's name as a title: `WB-0001_official_trailer_1080p.mp4` gives "WB-0001"; never "" for a name."""
    stem = _SUFFIX.sub("", name) or name
    return spell_title(*clean_title(" ".join(_BETWEEN.split(stem)))) or stem


def check_text(name: str, text: str) -> str:
    """Return the text of a field without blanks around it; raises ValueError for one that the field can't hold."""
    text = text.strip()
    if not text:
        raise ValueError(f"{name} is empty")
    if len(text) > LONGEST[name]:
        raise ValueError(f"{name} has {len(text):,} characters; at most {LONGEST[name]:,} are stored")
    if not is_plain(text):
        raise ValueError(f"{name} has control characters: {text[:60]!r}")
    if name == "imdb_id" and not IMDB_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a valid IMDb id; it looks like tt0111161")
    return text


def check_year(year: int) -> int:
    """Return the year; raises ValueError for one without films."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is not a valid year; give one from {FIRST_YEAR} to {LAST_YEAR}")
    return year


def check_metadata(metadata: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Return metadata of a size that can be stored; raises ValueError for any other."""
    for key, value in metadata.items():
        if not is_key(key):
            raise ValueError(
                f"{key[:60]!r} is not a valid key: 1 to {MAX_KEY} characters, not '.', '$' or control ones"
            )
        if isinstance(value, str) and "\x00" in value:
            raise ValueError(f"the value of {key!r} has a NUL character")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"the value of {key!r} is not a finite number")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError(f"the value of {key!r} has more than 64 bits; give it as a text")
    if not fits(metadata):
        raise ValueError(f"metadata is too much: at most {MAX_KEYS} keys and {MAX_BYTES:,} bytes as JSON are stored")
    return metadata


def is_key(text: str) -> bool:
    """Return whether a text may be a key of metadata: MongoDB reads a meaning into dots and dollars."""
    return 0 < len(text) <= MAX_KEY and is_plain(text) and not set(".$") & set(text)


def to_key(heading: str) -> str:
    """Return a column's heading as a key of metadata, "" where nothing of it is left."""
    return re.sub("[.$]", "_", _UNPRINTED.sub("_", heading.strip()))[:MAX_KEY].strip()


def to_line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join(_UNPRINTED.sub(" ", text).split())


def is_plain(text: str) -> bool:
    """Return whether a text has neither control characters nor parts that no encoding can hold."""
    return _UNPRINTED.search(text) is None


def fits(metadata: Mapping[str, Scalar]) -> bool:
    """Return whether metadata is small enough to be stored."""
    text = json.dumps(dict(metadata), ensure_ascii=False).encode("utf-8", "replace")
    return len(metadata) <= MAX_KEYS and len(text) <= MAX_BYTES

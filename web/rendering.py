"""How pages are rendered: one Jinja environment, always escaping, that knows our words for times and scores."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from db.queue.job_records import ALL_STAGES
from web.advice import ADVICE, advise
from web.views import Shell
from worker.clock import clock

STATIC = Path(__file__).parent / "static"
_ALPHABET = re.compile(r"(\W+)")


def make_environment() -> Environment:
    """Return the environment of all pages; a name that a template is not given is an error."""
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        clock=clock, iso=iso, day=day, percent=percent, base64=to_base64, path=to_path, advise=advise, words=split_words
    )
    advice = {code: asdict(said) for code, said in ADVICE.items()}
    environment.globals.update(static=static_addresses(), advice=advice, stages=ALL_STAGES)
    return environment


def render(environment: Environment, name: str, *, shell: Shell, view: object) -> str:
    """Return the page `name`, such as "library", with its view record, as HTML."""
    return environment.get_template(f"{name}.html").render(shell=shell, view=view)


def static_addresses() -> Callable[[str], str]:
    """Return a function that gives a static file's address, which changes with its bytes; digests are kept."""
    kept: dict[str, str] = {}

    def static(name: str) -> str:
        if name not in kept:
            kept[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
        return f"/static/{name}?v={kept[name]}"

    return static


def iso(moment: datetime) -> str:
    """Return a moment for machines; without a zone it is UTC, as the database gives it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def day(moment: datetime) -> str:
    """Return a moment for people, in UTC: 21 Nov 2026, 22:42 UTC."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def percent(share: float) -> str:
    """Return a score between 0 and 1 as whole percent: 83 %."""
    return f"{share * 100:.0f}\N{NARROW NO-BREAK SPACE}%"


def to_base64(data: bytes) -> str:
    """Return bytes as text a page can carry."""
    return base64.b64encode(data).decode("ascii")


def to_path(name: str) -> str:
    """Return a name as one part of an address: youtube:dQw4w9WgXcQ stays readable, a slash does not pass."""
    return quote(name, safe=":")


def split_words(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is one of `words`, compared without case."""
    wanted = {word.casefold() for word in words}
    return [(piece, piece.casefold() in wanted) for piece in _ALPHABET.split(text) if piece]

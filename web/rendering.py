"""Rendering: one Jinja environment that always escapes, with filters for times, scores and OpenAPI."""

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from classifier.counts import count
from db.queue.claims import MAX_ATTEMPTS
from db.queue.job_records import ALL_STAGES, FINISHED, RUNNING
from web.advice import ADVICE, advise
from web.genre_chips import list_chips
from web.openapi import describe_body, describe_type, find_example
from worker.clock import clock

STATIC = Path(__file__).parent / "static"
STAGES = {
    "all": ALL_STAGES,
    "finished": FINISHED,
    "steps": ("queued", *RUNNING, "done"),  # of a job that goes well
    "attempts": MAX_ATTEMPTS,
    "tones": {**dict.fromkeys(RUNNING, "warn"), "done": "ok", "failed": "bad", "dead": "bad"},
}
OLD_S = 30 * 86400  # a moment before is a date
STEPS = {"days": 86400, "hr.": 3600, "min.": 60}  # seconds
_PLAIN = re.compile(r"[a-z0-9]+")
_BETWEEN_WORDS = re.compile(r"(\W+)")


def make_environment() -> Environment:
    """Return the environment of all pages; an undefined name in a template is an error."""
    environment = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        genre_class=genre_class,
        chips=list_chips,
        zip=zip,
        ago=ago,
        lasting=lasting,
        clock=clock,
        iso=iso,
        day=day,
        at=at,
        percent=percent,
        signed=signed,
        times=times,
        rounded=rounded,
        base64=to_base64,
        path=to_path,
        advise=advise,
        words=split_words,
    )
    environment.filters.update(counted=count, type=describe_type, body=describe_body, example=find_example)
    advice = {code: asdict(each) for code, each in ADVICE.items()}
    environment.globals.update(static=static_address, advice=advice, stages=STAGES)
    return environment


@functools.cache
def static_address(name: str) -> str:
    """Return the address of a static file, which changes with its bytes."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def iso(moment: datetime) -> str:
    """Return a moment for machines; one without a zone is in UTC, as the database returns it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def day(moment: datetime) -> str:
    """Return a moment for people, in UTC: 21 Nov 2026, 22:42 UTC."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def at(moment: datetime) -> str:
    """Return a moment that is near, in UTC, until times.js shows it by the reader's clock: 22:42 UTC."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment:%H:%M} UTC" if moment.date() == datetime.now(UTC).date() else day(moment)


def ago(moment: datetime) -> str:
    """Return a moment as times.js shows it, so that a page doesn't move when it does: 3 min. ago."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = int((datetime.now(UTC) - aware).total_seconds())
    if seconds > OLD_S:
        return f"{moment.day} {moment:%b %Y}"
    for unit, length in STEPS.items():
        if n := max(0, seconds) // length:
            return "yesterday" if (unit, n) == ("days", 1) else f"{n} {unit} ago"
    return "just now"


def lasting(seconds: float) -> str:
    """Return how long something takes or took, as exact as people say it: 40 s, 12 min., 3.5 hr., 2 days."""
    for unit, length in STEPS.items():
        if seconds >= length:
            n = seconds / length
            return f"{n:.0f} {unit}" if n >= 10 or unit == "min." else f"{n:.2g} {unit}"
    return f"{seconds:.0f} s"


def percent(share: float) -> str:
    """Return a score between 0 and 1 as whole percent: 83 %."""
    return f"{share * 100:.0f}\N{NARROW NO-BREAK SPACE}%"


def signed(log_odds: float) -> str:
    """Return a change of log-odds with its sign: +1.2."""
    shown = f"{log_odds:+.1f}"
    return "0" if shown in ("+0.0", "-0.0") else shown.replace("-", "\N{MINUS SIGN}")


def rounded(scores: Iterable[float]) -> list[float]:
    """Return scores as exact as a picture of them."""
    return [round(score, 3) for score in scores]


def times(ratio: float) -> str:
    """Return how many times as much something is, as a factor: 3.2 x, with a sign for it."""
    shown = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"
    return f"{shown}\N{NARROW NO-BREAK SPACE}\N{MULTIPLICATION SIGN}"


def genre_class(genre: str) -> str:
    """Return the class under which a genre has its colour: genre-sci-fi."""
    return "genre-" + "-".join(_PLAIN.findall(genre.casefold()))


def to_base64(data: bytes) -> str:
    """Return bytes as text a page can carry."""
    return base64.b64encode(data).decode("ascii")


def to_path(name: str) -> str:
    """Return a name as one part of an address: youtube:dQw4w9WgXcQ stays readable, a slash is quoted."""
    return quote(name, safe=":")


def split_words(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Split a text into words and what is between them; tell of each whether it is in `words`, ignoring case."""
    wanted = {word.casefold() for word in words}
    return [(piece, piece.casefold() in wanted) for piece in _BETWEEN_WORDS.split(text) if piece]

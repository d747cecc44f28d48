"""Tokens that let people and programs use the API: only their digests are kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from worker.environment import read_file
from worker.errors import SettingsError

PREFIX = "sha256:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
_DIGEST = re.compile(rf"{PREFIX}([0-9a-f]{{64}})", re.ASCII)
_PLAIN = re.compile(r"[\x21-\x7e]{8,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that count, as pairs of whose it is and the SHA-256 of it in hex; empty: none is needed."""

    entries: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def owner(self, token: str) -> str | None:
        """Return whose token it is, None for one that isn't known; takes as long for each."""
        found = None
        digest = token_digest(token)
        for name, known in self.entries:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def token_digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_token(name: str) -> tuple[str, str]:
    """Return a fresh token, 256 bits, and the line of a tokens file that lets its owner in; raises SettingsError."""
    _check_name(name)
    token = f"trl_{secrets.token_urlsafe(32)}"
    return token, f"{name}={PREFIX}{token_digest(token)}"


def read_tokens(text: str, file: Path | None) -> Tokens:
    """Return the tokens of a comma list and of a file, one a line; raises SettingsError.

    An entry is NAME=sha256:DIGEST; the list may also hold NAME=TOKEN or TOKEN, which is kept as its digest only.
    """
    entries = [_read(entry, where="TRAILERS_TOKENS", plain=True) for entry in _parts(text.split(","))]
    if file is not None:
        lines = read_file("TRAILERS_TOKENS_FILE", file).splitlines()
        entries += [_read(line, where=str(file), plain=False) for line in _parts(lines)]
    return Tokens(tuple(entries))


def _parts(texts: Iterable[str]) -> list[str]:
    return [part for text in texts if (part := text.strip()) and not part.startswith("#")]


def _read(entry: str, *, where: str, plain: bool) -> tuple[str, str]:
    name, sign, value = entry.partition("=")
    if not sign or not _NAME.fullmatch(name):
        name, value = "", entry
    found = _DIGEST.fullmatch(value)
    digest = found[1] if found else None
    if plain and not value.startswith(PREFIX) and _PLAIN.fullmatch(value):
        digest = token_digest(value)
    if digest is not None:
        return name or f"token-{digest[:8]}", digest  # each counts for itself
    raise SettingsError(  # the entry itself may be a secret
        f"{where} has an entry that is none: write NAME={PREFIX}DIGEST, as trailers serve --new-token NAME prints it"
        + (", or a token of 8 to 200 signs without blanks and commas" if plain else "")
    )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name!r} can't name a token; use letters, digits, '-', '_' and '.', at most 40")

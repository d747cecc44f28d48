"""Tokens that give people and programs access to the API; only their digests are kept."""

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
    """The valid tokens, as pairs of owner and SHA-256 in hex; if there are none, none is needed."""

    entries: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def owner(self, token: str) -> str | None:
        """Return the owner of a token, None for an unknown one; takes equally long for all tokens."""
        digest = token_digest(token)
        owners = [name for name, known in self.entries if hmac.compare_digest(digest, known)]
        return owners[-1] if owners else None


def token_digest(token: str) -> str:
    """Return the digest that is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_token(name: str) -> tuple[str, str]:
    """Return a new token of 256 bits, and its line for a tokens file; raises SettingsError."""
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name!r} can't name a token; use at most 40 letters, digits, '-', '_' and '.'")
    token = f"trl_{secrets.token_urlsafe(32)}"
    return token, f"{name}={PREFIX}{token_digest(token)}"


def read_tokens(text: str, file: Path | None) -> Tokens:
    """Return the tokens of a comma-separated list and of the lines of a file; raises SettingsError.

    An entry is NAME=sha256:DIGEST; the list may also hold NAME=TOKEN or TOKEN, of which only the digest is kept.
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
        return name or f"token-{digest[:8]}", digest  # unnamed tokens are told apart
    raise SettingsError(  # the entry itself may be a secret
        f"{where} has an invalid entry: write NAME={PREFIX}DIGEST, as trailers serve --new-token NAME prints it"
        + (", or a token of 8 to 200 characters without spaces and commas" if plain else "")
    )

"""The settings of the page and the API: where they listen, who may ask, and how much."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.service.tokens import Tokens, read_tokens
from worker.settings import SettingsError, read_dotenv, read_number

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
REQUESTS_PER_MINUTE = 600
OPEN_JOBS = 100_000
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`port` 0 is any free one. Of each token, or each address without one: how many requests of the API a minute,
    and how many unfinished jobs. `hosts` are names under which the page is known besides the address it listens at.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    tokens: Tokens = field(default_factory=Tokens)
    requests_per_minute: int = REQUESTS_PER_MINUTE
    open_jobs: int = OPEN_JOBS
    hosts: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def read_web_settings(environ: Mapping[str, str], *, dotenv: Path | None = None) -> WebSettings:
    """Return the settings of an environment and a `.env` file; raises SettingsError.

    Without tokens it listens to this machine alone.
    """
    values = {**read_dotenv(dotenv), **environ}
    file = values.get("TRAILERS_TOKENS_FILE", "")
    port = read_number(values, "TRAILERS_PORT", default=DEFAULT_PORT, low=0, high=65535)
    settings = WebSettings(
        host=values.get("TRAILERS_HOST", "").strip() or DEFAULT_HOST,
        port=DEFAULT_PORT if port is None else port,
        tokens=read_tokens(values.get("TRAILERS_TOKENS", ""), Path(file).expanduser() if file else None),
        requests_per_minute=read_number(
            values, "TRAILERS_REQUESTS_PER_MINUTE", default=REQUESTS_PER_MINUTE, low=1, high=1_000_000
        )
        or REQUESTS_PER_MINUTE,
        open_jobs=read_number(values, "TRAILERS_OPEN_JOBS", default=OPEN_JOBS, low=1, high=10_000_000) or OPEN_JOBS,
        hosts=tuple(name.strip().lower() for name in values.get("TRAILERS_HOSTS", "").split(",") if name.strip()),
    )
    check_web_settings(settings)
    return settings


def check_web_settings(settings: WebSettings) -> None:
    """Raise SettingsError for an address that others can reach while anybody may ask."""
    if not settings.is_local and not settings.tokens:
        raise SettingsError(
            f"TRAILERS_HOST is {settings.host!r}, which others can reach: say who may, with TRAILERS_TOKENS or "
            "TRAILERS_TOKENS_FILE (trailers serve --new-token NAME makes one)"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine's own."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def settings_here() -> WebSettings:
    """Return the settings of this process; raises SettingsError."""
    return read_web_settings(os.environ, dotenv=Path(".env"))

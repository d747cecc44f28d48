"""Settings of the page and the API: where they listen, who has access, and how much of it."""

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from worker.environment import Declared, read_declared
from worker.errors import SettingsError
from worker.service.tokens import Tokens, read_tokens
from worker.settings import File, Names, each, whole

Origins = Annotated[
    Names,
    each(
        re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?").fullmatch,
        "give origins such as https://cms.example, separated by commas, without a path",
    ),
]
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def _is_network(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_network(text))
    return False


def _read_tokens(text: str, info: ValidationInfo) -> Tokens:
    """Return the tokens of the setting, and of the file, which is declared before it."""
    return read_tokens(text, info.data["tokens_file"])


class WebSettings(Declared):
    """The settings of the page and the API; limits are for each token, or each address without one."""

    #: The address to listen on; without tokens a loopback address.
    host: Annotated[str, AfterValidator(str.strip)] = "127.0.0.1"
    port: Annotated[int, whole(0, 65535)] = 8000  #: 0 is any free one
    tokens_file: File | None = None  #: A file of tokens, as digests, one a line
    #: Who has access; none: anybody on this machine.
    tokens: Annotated[Tokens, BeforeValidator(_read_tokens)] = Field(default="", validate_default=True)
    requests_per_minute: Annotated[int, whole(1, 1_000_000)] = 600  #: Requests of the API a minute
    open_jobs: Annotated[int, whole(1, 10_000_000)] = 100_000  #: Unfinished jobs
    #: Addresses of proxies in front, whose X-Forwarded-For and -Proto are believed
    trusted_proxies: Annotated[
        Names, each(_is_network, "give addresses or networks such as 127.0.0.1 or 172.16.0.0/12")
    ] = ()
    hosts: Names = ()  #: Names of the page besides the address it listens on
    cors: Origins = ()  #: Origins of other pages that may use the API

    @model_validator(mode="after")
    def _check_access(self) -> Self:
        """Raise SettingsError for an address that others can reach if no token is needed."""
        if not is_loopback(self.host) and not self.tokens:
            raise SettingsError(
                f"TRAILERS_HOST is {self.host!r}, which others can reach: say who has access, with TRAILERS_TOKENS or "
                "TRAILERS_TOKENS_FILE (trailers serve --new-token NAME makes one)"
            )
        return self


def read_web_settings(environ: Mapping[str, str], *, dotenv: Path | None = None) -> WebSettings:
    """Return the settings of an environment and a `.env` file; raises SettingsError."""
    return read_declared(WebSettings, environ, dotenv)


def is_loopback(host: str) -> bool:
    """Return whether a name or address is this machine's loopback."""
    with suppress(ValueError):
        return host.lower() in LOOPBACK_NAMES or ipaddress.ip_address(host.strip("[]")).is_loopback
    return False

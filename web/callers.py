"""Callers: known by a bearer token or a signed-in browser's cookie; without tokens, anybody on this machine."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser

from web.errors import Refused
from worker.service.web_settings import WebSettings, is_loopback

COOKIE = "trailers_token"
LOCAL = "local"
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request: `name` is the token's owner, `rate_key` the key of the rate limit."""

    name: str
    rate_key: str


async def get_caller(request: Request) -> Caller:
    """Return the caller that the guard has found."""
    caller: Caller = request.scope["caller"]
    return caller


def find_caller(headers: Headers, client: str, web: WebSettings) -> Caller | None:
    """Return the caller, None for a stranger where a token is required; pages of other sites need one of their own."""
    if not web.tokens:
        return Caller(LOCAL, f"address:{client}")
    cookies = {} if headers.get("origin") in web.cors else cookie_parser(headers.get("cookie", ""))
    token = _bearer(headers) or cookies.get(COOKIE)
    owner = web.tokens.owner(token) if token else None
    return Caller(owner, f"token:{owner}") if owner else None


def check_host(headers: Headers, web: WebSettings) -> None:
    """Raise Refused for a Host that is not this service, where no token is required.

    A foreign page whose name is made to resolve to this machine (DNS rebinding) sends its own name.
    """
    if web.tokens:
        return
    host = (_split("//" + headers.get("host", "")).hostname or "").lower()
    if not (is_loopback(host) or host in web.hosts):
        raise Refused(
            "forbidden", f"{host[:80]!r} is not a name of this service; open http://127.0.0.1, or set TRAILERS_HOSTS"
        )


def check_origin(method: str, headers: Headers, web: WebSettings) -> None:
    """Raise Refused for a request that a page of another site makes a browser send, unless TRAILERS_CORS names it."""
    origin = headers.get("origin")
    if method in SAFE or origin in web.cors:
        return
    foreign = origin is not None and _split(origin).netloc.lower() != headers.get("host", "").lower()
    if foreign or headers.get("sec-fetch-site") == "cross-site":
        raise Refused("forbidden", "a page of another site can't do this; open the page of this service")


def _bearer(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _split(address: str) -> SplitResult:
    """Return the parts of an address, none for one that is not valid."""
    with suppress(ValueError):
        return urlsplit(address)
    return urlsplit("")

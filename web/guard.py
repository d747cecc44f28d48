"""What every request passes first: whose name, whose page, who, how often, how much; and what every answer carries."""

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.body_limits import bounded, check_length, drain, limit_of
from web.callers import check_host, check_origin, find_caller
from web.errors import Refused, error_response, is_for_programs
from web.headers import HEADERS, NOT_KEPT
from web.service import Service

COUNTED = ("/v1/", "/login")
OPEN = ("/healthz", "/readyz", "/login", "/favicon.ico")
OPEN_BELOW = ("/static/",)
FOR_EVER = "public, max-age=31536000, immutable"  # a static file's address changes with its bytes


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        dress = _dressed(send, _kept(scope))
        limit = limit_of(scope["path"], self._service.settings)
        refusal = self._refuse(scope, limit)
        if refusal is not None:
            await drain(receive)
            await refusal(scope, receive, dress)
            return
        await self._app(_with_head(scope), bounded(receive, limit), dress)

    def _refuse(self, scope: Scope, limit: int) -> Response | None:
        """Return the answer to a request that may not be met; note who asks otherwise."""
        headers, path = Headers(scope=scope), scope["path"]
        try:
            check_host(headers, self._service.web)
            check_origin(scope["method"], headers)
            check_length(headers, limit)
            self._check_caller(scope, headers, path)
        except Refused as exc:
            if exc.code == "unauthorized" and not is_for_programs(path, headers.get("accept", "")):
                return RedirectResponse(f"/login?next={quote(path)}", status_code=303)
            return error_response(exc.code, str(exc), retry_after_s=exc.retry_after_s)
        return None

    def _check_caller(self, scope: Scope, headers: Headers, path: str) -> None:
        client = (scope.get("client") or ("unknown", 0))[0]
        caller = find_caller(headers, client, self._service.web)
        counts = path.startswith(COUNTED) or (caller is None and not _is_open(path))  # every guess at a token does
        wait_s = self._service.rates.take(caller.rate_key if caller else f"address:{client}") if counts else 0
        if wait_s:
            limit = self._service.web.requests_per_minute
            raise Refused(
                "too_many_requests",
                f"more than {limit:,} requests a minute; wait {max(1, round(wait_s))} s",
                retry_after_s=wait_s,
            )
        if caller is None and not _is_open(path):
            raise Refused("unauthorized", "a token is needed: send it as Authorization: Bearer TOKEN")
        scope["caller"] = caller


def _with_head(scope: Scope) -> Scope:
    """Return a request for headers alone as one for the whole, whose body the server leaves out; not of a stream."""
    if scope["method"] != "HEAD" or scope["path"].endswith("/events"):
        return scope
    return {**scope, "method": "GET"}


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_BELOW)


def _kept(scope: Scope) -> str:
    """Return how long browsers may keep an answer, unless it says so itself."""
    if not scope["path"].startswith(OPEN_BELOW):
        return NOT_KEPT
    return FOR_EVER if scope["query_string"].startswith(b"v=") else "no-cache"  # modules import each other without


def _dressed(send: Send, kept: str) -> Send:
    """Return `send`, which adds to every answer what keeps browsers careful."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", kept if message["status"] < 400 else NOT_KEPT)
        await send(message)

    return dressed

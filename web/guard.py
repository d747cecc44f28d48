"""The ASGI middleware of every request: Host, Origin, authentication, rate, body size, response headers."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import request_ids
from web.body_limits import check_length, drain, find_limit, limit_body
from web.callers import check_host, check_origin, find_caller
from web.errors import Refused, error_response, is_for_programs
from web.headers import HEADERS, NO_STORE
from web.service import Service

RATE_LIMITED = ("/v1/", "/login")
OPEN = ("/healthz", "/readyz", "/login", "/favicon.ico")
OPEN_PREFIXES = ("/static/",)
FOR_EVER = "public, max-age=31536000, immutable"  # a static file's address changes with its bytes


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["answer_headers"] = {request_ids.HEADER: request_ids.begin(Headers(scope=scope))}
        send = _with_headers(send, _cache_control(scope), scope["answer_headers"])
        limit = find_limit(scope["path"], self._service.settings)
        refusal = self._refuse(scope, limit)
        if refusal is not None:
            await drain(receive)
            await refusal(scope, receive, send)
            return
        await self._app(_head_as_get(scope), limit_body(receive, limit), send)

    def _refuse(self, scope: Scope, limit: int) -> Response | None:
        """Return the response to a request that is refused; otherwise None, with the caller noted in the scope."""
        headers, path = Headers(scope=scope), scope["path"]
        try:
            check_host(headers, self._service.web)
            check_origin(scope["method"], headers, self._service.web)
            check_length(headers, limit)
            self._check_caller(scope, headers, path)
        except Refused as exc:
            if exc.code == "unauthorized" and not is_for_programs(path, headers.get("accept", "")):
                return RedirectResponse(f"/login?next={quote(path)}", status_code=303)
            return error_response(exc)
        return None

    def _check_caller(self, scope: Scope, headers: Headers, path: str) -> None:
        client = (scope.get("client") or ("unknown", 0))[0]
        caller = find_caller(headers, client, self._service.web)
        is_stranger = caller is None and not _is_open(path)
        counted = is_stranger or path.startswith(RATE_LIMITED)  # every guess of a token counts
        if counted:
            self._count(scope, caller.rate_key if caller else f"address:{client}")
        if is_stranger:
            raise Refused("unauthorized", "a token is required: send it as Authorization: Bearer TOKEN")
        scope["caller"] = caller

    def _count(self, scope: Scope, rate_key: str) -> None:
        """Count a request; raises Refused for one too many."""
        allowance = self._service.rates.take(rate_key)
        scope["answer_headers"] |= allowance.headers
        if allowance.wait_s:
            raise Refused(
                "too_many_requests",
                f"more than {allowance.limit:,} requests in a minute; wait {max(1, round(allowance.wait_s))} s",
                retry_after_s=allowance.wait_s,
            )


def _head_as_get(scope: Scope) -> Scope:
    """Return a HEAD request as a GET, whose body the server leaves out; except of an event stream."""
    if scope["method"] != "HEAD" or scope["path"].endswith("/events"):
        return scope
    return {**scope, "method": "GET"}


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_PREFIXES)


def _cache_control(scope: Scope) -> str:
    """Return the Cache-Control of a response that sets none; JavaScript modules import each other without a version."""
    if not scope["path"].startswith(OPEN_PREFIXES):
        return NO_STORE
    return FOR_EVER if scope["query_string"].startswith(b"v=") else "no-cache"


def _with_headers(send: Send, cache_control: str, own: Mapping[str, str]) -> Send:
    """Return `send` with the security headers added to every response, and its `own`, which may still come."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update({**HEADERS, **own})
            headers.setdefault("Cache-Control", cache_control if message["status"] < 400 else NO_STORE)
        await send(message)

    return send_with_headers

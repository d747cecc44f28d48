"""What a caller is told when something goes wrong: a code, a message, never a path, a secret or a stack trace.

Beside the table of `worker.errors` HTTP has codes of its own: bad_request, unauthorized, forbidden, conflict,
too_many_requests, queue_full, not_ready.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from classifier.errors import ClassifierError
from db.errors import StoreError, StoreUnavailable
from db.queue.job_records import JobError
from extractor.errors import ExtractorError
from web.headers import HEADERS, NOT_KEPT
from web.views import ErrorPage
from worker.documents import QUOTED_PATH
from worker.errors import WorkerError, describe

log = logging.getLogger("trailers")
STATUSES: Mapping[str, int] = {
    "bad_request": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "file_not_found": 404,
    "conflict": 409,
    "no_model": 409,
    "no_weights": 409,
    "features_mismatch": 409,
    "too_large": 413,
    "too_many_requests": 429,
    "queue_full": 429,
    "not_ready": 503,
    "store_unavailable": 503,
    "broker_unavailable": 503,
    "disk_full": 503,
    "internal": 500,
}
METHODS = ("DELETE", "GET", "POST")
OTHERWISE = 422  # what is left is wrong with what was sent
CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict", 413: "too_large"}
PLAIN = {
    "store_unavailable": "the database doesn't answer at the moment; nothing is lost, try again in a few seconds",
    "broker_unavailable": "the broker doesn't answer at the moment; try again in a few seconds",
    "disk_full": "the server's disk is full; its operator must make room",
    "internal": "something went wrong here; the server's log says what. Try again, and tell its operator",
}
RETRY_AFTER_S = {"store_unavailable": 5, "broker_unavailable": 5, "not_ready": 5}
_PATH = re.compile(r"(?:\bfile:(?://)?|(?<![\w/.]))/(?!/|v1/)(?:[^\s/'\":;,]+/)+[^\s/'\":;,]*")
_REFERENCE = re.compile(r"under reference ([0-9a-f]{8})")  # of `describe`


class ApiError(BaseModel):
    """What every refused request answers."""

    code: str = Field(examples=["bad_source"])
    message: str = Field(examples=["'https://example.org' is not YouTube; download the video and give the file"])
    job_id: str | None = None


class Refused(Exception):
    """A request can't be met: a `code`, a message for people, and the job it is about, if any."""

    def __init__(self, code: str, message: str, *, job_id: str | None = None, retry_after_s: float = 0) -> None:
        super().__init__(message)
        self.code, self.job_id, self.retry_after_s = code, job_id, retry_after_s


def refuse(error: JobError, *, job_id: str | None = None) -> Refused:
    """Return the refusal that an error of the table is, of a job if it is one's."""
    return Refused(error.code, public_message(error.code, error.message), job_id=job_id)


def public_message(code: str, message: str) -> str:
    """Return what strangers may read of an error: nothing of how this machine is set up."""
    if code == "internal" and (found := _REFERENCE.search(message)):
        return f"something went wrong here; the server's log has it {found[0]}. Try again, and tell its operator"
    return PLAIN.get(code) or without_paths(message)


def without_paths(text: str) -> str:
    """Return a text in which paths of this machine are their last names alone."""
    return _PATH.sub(lambda found: found[0].rstrip("/").rpartition("/")[2], QUOTED_PATH.sub("", text))


def status_of(code: str) -> int:
    """Return the HTTP status of an error code."""
    return STATUSES.get(code, OTHERWISE)


def error_response(code: str, message: str, *, job_id: str | None = None, retry_after_s: float = 0) -> Response:
    """Return the answer that tells an error."""
    wait = retry_after_s or RETRY_AFTER_S.get(code, 0)
    headers = {"Retry-After": str(max(1, round(wait)))} if wait else {}
    if code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    body = ApiError(code=code, message=message, job_id=job_id).model_dump()
    return JSONResponse(body, status_code=status_of(code), headers=headers)


def told(exc: Exception) -> Refused:
    """Return the refusal that tells of any exception."""
    if isinstance(exc, Refused):
        return exc
    error = describe(exc)
    if status_of(error.code) >= 500:
        is_ours = getattr(exc, "code", None) == "internal"  # what has no code, `describe` has logged whole
        log.error("%s: %s", error.code, error.message, exc_info=exc if is_ours else None)
    return refuse(error)


def describe_invalid(errors: list[Any]) -> str:
    """Return what is wrong with a body or its parameters, in a line."""
    said = []
    for error in errors[:3]:
        place = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
        said.append(f"{place[:80]}: {str(error['msg'])[:200]}")
    return "; ".join(said) + ("; ..." if len(errors) > len(said) else "")


def is_for_programs(path: str, accept: str) -> bool:
    """Tell whether who asks wants a document rather than a page."""
    return path.startswith("/v1/") or "text/html" not in accept


def _answer(request: Request, refusal: Refused) -> Response:
    """Return a refusal as a document for programs, as a page for people."""
    if is_for_programs(request.url.path, request.headers.get("accept", "")):
        return error_response(refusal.code, str(refusal), job_id=refusal.job_id, retry_after_s=refusal.retry_after_s)
    page: Response = request.app.state.pages.show_error(ErrorPage(status_of(refusal.code), refusal.code, str(refusal)))
    return page


def _allowed(request: Request) -> str:
    """Return the methods of a path, of which each route knows its own alone."""

    def is_one(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(method for method in METHODS if is_one(method))


def install(app: FastAPI) -> None:
    """Have the application answer every exception so."""

    async def answer(request: Request, exc: Exception) -> Response:
        refusal = told(exc)
        if isinstance(exc, StoreUnavailable):
            await run_in_threadpool(request.app.state.service.revive)
        response = _answer(request, refusal)
        response.headers.update({**HEADERS, "Cache-Control": NOT_KEPT})  # what nobody foresaw passes no guard
        return response

    async def answer_invalid(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)  # noqa: S101 - as it is registered
        return _answer(request, Refused("bad_request", describe_invalid(list(exc.errors()))))

    async def answer_http(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)  # noqa: S101 - as it is registered
        code = CODES.get(exc.status_code, "bad_request")
        response = _answer(request, Refused(code, str(exc.detail)))
        response.status_code = exc.status_code
        response.headers.update(exc.headers or {})
        if exc.status_code == 405:
            response.headers["Allow"] = _allowed(request) if exc.headers else "GET, HEAD"  # static files tell none
        return response

    async def answer_nobody(request: Request, exc: Exception) -> Response:
        return Response(status_code=400)

    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(ClientDisconnect, answer_nobody)
    for kind in (Refused, WorkerError, StoreError, ExtractorError, ClassifierError, Exception):
        app.add_exception_handler(kind, answer)

"""Errors as HTTP responses: a code and a message, never a path, a secret or a stack trace.

Besides those of `worker.errors`, HTTP has codes of its own: bad_request, unauthorized, forbidden, conflict,
too_many_requests, queue_full, not_ready, bad_json, method_not_allowed.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from classifier.errors import ClassifierError
from db.errors import StoreError, StoreUnavailable
from db.queue.job_records import JobError
from extractor.errors import ExtractorError
from web import request_ids
from web.api_model import ApiModel
from web.headers import HEADERS, NO_STORE
from worker.documents import QUOTED_PATH
from worker.errors import WorkerError, describe

log = logging.getLogger("trailers")
STATUSES: Mapping[str, int] = {
    "bad_json": 400,
    "bad_request": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "file_not_found": 404,
    "method_not_allowed": 405,
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
METHODS = ("DELETE", "GET", "PATCH", "POST")
OTHERWISE = 422  # every other code is about the request
CODES = {
    400: "bad_json",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
}
PLAIN = {
    "store_unavailable": "the database does not respond at the moment; nothing is lost, try again in a few seconds",
    "broker_unavailable": "the broker does not respond at the moment; try again in a few seconds",
    "disk_full": "the server's disk is full; its operator must free some space",
    "internal": "an unexpected error; the server's log has details. Try again; if it persists, tell the operator",
}
RETRY_AFTER_S = {"store_unavailable": 5, "broker_unavailable": 5, "not_ready": 5}
SAID = {  # instead of what pydantic says, by the place and the kind of the problem
    ("body", "model_attributes_type"): "it is not a JSON object; send one, with Content-Type: application/json",
    ("trailer_id", "string_pattern_mismatch"): (
        "it is not a valid trailer_id such as youtube:eRsGyueVLvQ; /v1/trailers?external_id=ID finds it by your own id"
    ),
}
MAX_FIELDS = 20
TYPES = ("str", "int", "float", "bool")  # what pydantic calls the choices of a union
_PATH = re.compile(r"(?:\bfile:(?://)?|(?<![\w/.]))/(?!/|v1/)(?:[^\s/'\":;,]+/)+[^\s/'\":;,]*")
_REFERENCE = re.compile(r"under reference ([0-9a-f]{8})")  # of `describe`


class FieldProblem(ApiModel):
    """What is wrong with one field of a request."""

    location: str
    """where the field is: body, query, path, header or form"""
    field: str = Field(examples=["metadata.rating"])
    """its name, that of one inside another after a dot, "" for the whole body"""
    message: str
    """what is wrong with it"""


class ApiError(ApiModel):
    """The body of every error response."""

    code: str = Field(examples=["bad_source"])
    """the kind of error, for programs"""
    message: str = Field(examples=["'https://example.org' is not YouTube; download the video and give the file"])
    """what is wrong and what to do, for people"""
    job_id: str | None = None
    """the job it is about, if any"""
    fields: tuple[FieldProblem, ...] = ()
    """the fields of the request that can't be used, at most 20; empty where it is not about their form"""


class Refused(Exception):
    """A request was refused: a `code`, a message for people, the job it is about, and the fields that are wrong."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        job_id: str | None = None,
        retry_after_s: float = 0,
        fields: Sequence[FieldProblem] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.job_id, self.retry_after_s, self.fields = code, job_id, retry_after_s, tuple(fields)


def to_refusal(error: JobError, *, job_id: str | None = None) -> Refused:
    """Return an error of the table as a refusal, with its job if it is about one."""
    return Refused(error.code, public_message(error.code, error.message), job_id=job_id)


def public_message(code: str, message: str) -> str:
    """Return an error's message as strangers may read it: with nothing about this machine."""
    if code == "internal" and (found := _REFERENCE.search(message)):
        return f"something went wrong here; the server's log has it {found[0]}. Try again, and tell its operator"
    return PLAIN.get(code) or without_paths(message)


def without_paths(text: str) -> str:
    """Return a text with each path of this machine shortened to its last name."""
    return _PATH.sub(lambda found: found[0].rstrip("/").rpartition("/")[2], QUOTED_PATH.sub("", text))


def http_status(code: str) -> int:
    """Return the HTTP status of an error code."""
    return STATUSES.get(code, OTHERWISE)


def error_response(refusal: Refused) -> Response:
    """Return a refusal as a JSON response."""
    wait = refusal.retry_after_s or RETRY_AFTER_S.get(refusal.code, 0)
    headers = {"Retry-After": str(max(1, round(wait)))} if wait else {}
    if refusal.code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    body = ApiError(code=refusal.code, message=str(refusal), job_id=refusal.job_id, fields=refusal.fields).model_dump()
    return JSONResponse(body, status_code=http_status(refusal.code), headers=headers)


def refusal_of(exc: Exception) -> Refused:
    """Return any exception as a refusal; log those that are ours or the operator's."""
    if isinstance(exc, Refused):
        return exc
    error = describe(exc)
    if http_status(error.code) >= 500:
        is_ours = getattr(exc, "code", None) == "internal"  # an exception without a code was logged by `describe`
        log.error("%s: %s", error.code, error.message, exc_info=exc if is_ours else None)
    return to_refusal(error)


def refuse_invalid(errors: Sequence[Any]) -> Refused:
    """Return the refusal of a body or parameters that pydantic finds wrong, in one line and field by field.

    What is not JSON is bad_json, and a path that can't name anything names nothing: it is not found.
    """
    if broken := next((each for each in errors if each["type"] == "json_invalid" and each["loc"][0] == "body"), None):
        why, place = broken["ctx"]["error"], broken["loc"][-1]
        return Refused("bad_json", f"the body is not valid JSON: {why} at character {place}")
    fields = _to_fields(errors)[:MAX_FIELDS]
    said = [f"{(each.field or each.location)[:80]}: {each.message}" for each in fields[:3]]
    message = "; ".join(said) + ("; ..." if len(errors) > len(said) else "")
    is_nothing = any(each.location == "path" for each in fields)
    return Refused("not_found" if is_nothing else "bad_request", message, fields=fields)


def _to_fields(errors: Sequence[Any]) -> list[FieldProblem]:
    """Return what is wrong by field; a field that may be of several types has a problem with each."""
    told: dict[tuple[str, str], list[str]] = {}
    for error in errors:
        location, *path = map(str, error["loc"])
        field = ".".join(path[:-1] if len(path) > 1 and path[-1] in TYPES else path)
        said = SAID.get((field or location, error["type"])) or str(error["msg"]).removeprefix("Value error, ")
        told.setdefault((location, field[:200]), []).append(said[:200])
    return [
        FieldProblem(location=location, field=field, message=" or ".join(dict.fromkeys(said)))
        for (location, field), said in told.items()
    ]


def is_for_programs(path: str, accept: str) -> bool:
    """Tell whether a request is for a document rather than a page."""
    return path.startswith("/v1/") or "text/html" not in accept


def _respond(request: Request, refusal: Refused) -> Response:
    """Return a refusal as a document for programs, as a page for people."""
    if is_for_programs(request.url.path, request.headers.get("accept", "")):
        return error_response(refusal)
    page: Response = request.app.state.renderer.show_error(http_status(refusal.code), refusal.code, str(refusal))
    return page


def _allowed(request: Request) -> str:
    """Return the methods allowed for a path; each route knows only its own."""

    def is_allowed(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(method for method in METHODS if is_allowed(method))


def install(app: FastAPI) -> None:
    """Register the handlers that turn every exception of the application into a response."""

    async def handle(request: Request, exc: Exception) -> Response:
        refusal = refusal_of(exc)
        if isinstance(exc, StoreUnavailable):
            await run_in_threadpool(request.app.state.service.revive)
        response = _respond(request, refusal)
        # Responses to unexpected errors bypass the guard.
        response.headers.update({**HEADERS, request_ids.HEADER: request_ids.current(), "Cache-Control": NO_STORE})
        return response

    async def handle_invalid(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)  # noqa: S101 - as it is registered
        return _respond(request, refuse_invalid(exc.errors()))

    async def handle_http(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)  # noqa: S101 - as it is registered
        code = CODES.get(exc.status_code, "bad_request")
        response = _respond(request, Refused(code, str(exc.detail)))
        response.status_code = exc.status_code
        response.headers.update(exc.headers or {})
        if exc.status_code == 405:
            response.headers["Allow"] = _allowed(request) if exc.headers else "GET, HEAD"  # static files set none
        return response

    async def handle_disconnect(request: Request, exc: Exception) -> Response:
        return Response(status_code=400)

    app.add_exception_handler(RequestValidationError, handle_invalid)
    app.add_exception_handler(HTTPException, handle_http)
    app.add_exception_handler(ClientDisconnect, handle_disconnect)
    for kind in (Refused, WorkerError, StoreError, ExtractorError, ClassifierError, Exception):
        app.add_exception_handler(kind, handle)

"""Routes: what all of the API share, their errors in OpenAPI, the service, the caller, the ids in paths."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.convertors import StringConvertor, register_url_convertor

from db.records import TRAILER_ID
from web.callers import Caller, get_caller
from web.cursors import MAX_LENGTH
from web.errors import ApiError
from web.service import Service

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ApiError, "description": description}
    for status, description in {
        400: "the body is not JSON, or can't be read",
        401: "a token is needed",
        403: "not allowed",
        404: "not found",
        408: "the body stopped coming",
        409: "it conflicts with what is stored",
        413: "the body is too large",
        422: "the request can't be used; the code says why",
        429: "too many requests or unfinished jobs; Retry-After says when",
        500: "an unexpected error in the service",
        503: "a service is not available; try again",
    }.items()
}


class DocumentIds(StringConvertor):
    """A part of a path that is the id of a review or job: words in its place are addresses of their own."""

    regex = "[0-9a-f]{24}"


class ModelIds(StringConvertor):
    """A part of a path that is the id of a model."""

    regex = "[0-9a-f]{64}"


register_url_convertor("review", DocumentIds())
register_url_convertor("job", DocumentIds())
register_url_convertor("model", ModelIds())
TEXT = {"schema": {"type": "string"}}  # of a response that is no JSON


def make_router(tag: str) -> APIRouter:
    """Return a router of /v1."""
    return APIRouter(prefix="/v1", tags=[tag], responses=ERRORS)


async def _service(request: Request) -> Service:  # asynchronous: a plain function would wait for a thread of the pool
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
CallerDep = Annotated[Caller, Depends(get_caller)]
JobId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{24}$", examples=["5b1d4c9a8a1c9d0e5b1d4c9a"], description="the id of a job")
]
TrailerId = Annotated[
    str, Path(pattern=f"^{TRAILER_ID}$", examples=["youtube:eRsGyueVLvQ"], description="the id of a trailer")
]
BatchId = Annotated[
    str, Path(pattern=r"^[0-9]{8}-[0-9a-f]{8}$", examples=["20261121-6f1c2a9b"], description="the id of a batch")
]
ReviewId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{24}$", examples=["5b1d4c9a8a1c9d0e5b1d4c9a"], description="the id of a review")
]
UploadId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{16}$", examples=["f4daa2cd2c91b06b"], description="the id of an upload")
]
ModelId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="the id of a model: the SHA-256 of its file")]
Cursor = Annotated[str | None, Query(max_length=MAX_LENGTH, description="`next` of the page before")]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="a name of this request: repeated within a day it is done once"),
]

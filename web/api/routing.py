"""What all routes of the API share: their errors as OpenAPI shows them, the service, and who asks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from db.records import TRAILER_ID
from web.callers import Caller, caller_of
from web.errors import ApiError
from web.service import Service

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ApiError, "description": description}
    for status, description in {
        400: "the body can't be read",
        401: "a token is needed",
        403: "not from here",
        404: "there is no such thing",
        408: "the body stopped coming",
        409: "something that was there before stands against it",
        413: "the body is too large",
        422: "what was sent can't be used; the code says why",
        429: "too many requests or unfinished jobs; Retry-After says when",
        500: "something went wrong here",
        503: "a service is away; try again",
    }.items()
}


def make_router(tag: str) -> APIRouter:
    """Return a router of /v1."""
    return APIRouter(prefix="/v1", tags=[tag], responses=ERRORS)


async def _service(request: Request) -> Service:  # asynchronous, for others wait for a thread of the pool
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(_service)]
Asking = Annotated[Caller, Depends(caller_of)]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$", examples=["5b1d4c9a8a1c9d0e5b1d4c9a"])]
TrailerId = Annotated[str, Path(pattern=f"^{TRAILER_ID}$", examples=["youtube:eRsGyueVLvQ"])]
BatchId = Annotated[str, Path(pattern=r"^[0-9]{8}-[0-9a-f]{8}$", examples=["20261121-6f1c2a9b"])]

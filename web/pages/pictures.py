"""Pictures of trailers and posters, which browsers may cache."""

from typing import Annotated

from fastapi import Path, Response

from extractor.limits import MAX_FRAMES
from web.api.routing import ServiceDep, TrailerId
from web.errors import Refused
from web.pages.renderer import make_page_router

router = make_page_router()
TEN_MINUTES = {"Cache-Control": "private, max-age=600"}
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
Second = Annotated[int, Path(ge=0, lt=MAX_FRAMES)]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get("/trailers/{trailer_id}/filmstrip.jpg", response_class=Response)
def get_filmstrip(trailer_id: TrailerId, service: ServiceDep) -> Response:
    """Return the filmstrip of a trailer: one small frame a second, in one picture."""
    found = service.store.filmstrips.load(trailer_id)
    return _picture(found.jpeg if found else None, "image/jpeg", TEN_MINUTES)


@router.get("/trailers/{trailer_id}/cover.jpg", response_class=Response)
def get_cover(trailer_id: TrailerId, service: ServiceDep) -> Response:
    """Return the picture that stands for a trailer."""
    return _picture(service.store.filmstrips.cover(trailer_id), "image/jpeg", TEN_MINUTES)


@router.get("/trailers/{trailer_id}/stills/{second}.webp", response_class=Response)
def get_still(trailer_id: TrailerId, second: Second, service: ServiceDep) -> Response:
    """Return the picture of a second of a trailer, large enough to look at."""
    return _picture(service.store.stills.picture(trailer_id, second), "image/webp", TEN_MINUTES)


@router.get("/posters/{sha256}.webp", response_class=Response)
def get_poster(sha256: Sha256, service: ServiceDep) -> Response:
    """Return a stored poster, small."""
    return _picture(service.store.posters.picture(sha256), "image/webp", FOR_EVER)


def _picture(data: bytes | None, kind: str, headers: dict[str, str]) -> Response:
    if data is None:
        raise Refused("not_found", "there is no such picture")
    return Response(data, media_type=kind, headers=headers)

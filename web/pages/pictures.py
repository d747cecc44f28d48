"""Pictures of trailers and posters, which browsers may cache."""

from functools import partial
from typing import Annotated

from fastapi import Path, Request, Response

from extractor.limits import MAX_FRAMES
from web.api.routing import ServiceDep, TrailerId
from web.kept_files import FOR_EVER, make_etag, send_file
from web.pages.renderer import make_page_router

router = make_page_router()
TEN_MINUTES = {"Cache-Control": "private, max-age=600"}
Second = Annotated[int, Path(ge=0, lt=MAX_FRAMES)]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get("/trailers/{trailer_id}/filmstrip.jpg", response_class=Response)
def get_filmstrip(trailer_id: TrailerId, request: Request, service: ServiceDep) -> Response:
    """Return the filmstrip of a trailer: one small frame a second, in one picture."""
    strips = service.store.filmstrips

    def read() -> bytes | None:
        found = strips.load(trailer_id)
        return found.jpeg if found else None

    etag = make_etag("filmstrip", trailer_id, strips.written_at(trailer_id))
    return send_file(request, etag, read, kind="image/jpeg", headers=TEN_MINUTES)


@router.get("/trailers/{trailer_id}/cover.jpg", response_class=Response)
def get_cover(trailer_id: TrailerId, request: Request, service: ServiceDep) -> Response:
    """Return the picture that stands for a trailer."""
    strips = service.store.filmstrips
    etag, read = make_etag("cover", trailer_id, strips.written_at(trailer_id)), partial(strips.cover, trailer_id)
    return send_file(request, etag, read, kind="image/jpeg", headers=TEN_MINUTES)


@router.get("/trailers/{trailer_id}/stills/{second}.webp", response_class=Response)
def get_still(trailer_id: TrailerId, second: Second, request: Request, service: ServiceDep) -> Response:
    """Return the picture of a second of a trailer, large enough to look at."""
    etag = make_etag("still", trailer_id, second, service.store.filmstrips.written_at(trailer_id))  # written together
    read = partial(service.store.stills.picture, trailer_id, second)
    return send_file(request, etag, read, kind="image/webp", headers=TEN_MINUTES)


@router.get("/posters/{sha256}.webp", response_class=Response)
def get_poster(sha256: Sha256, request: Request, service: ServiceDep) -> Response:
    """Return a stored poster, small."""
    read = partial(service.store.posters.picture, sha256)
    return send_file(request, make_etag(sha256), read, kind="image/webp", headers={"Cache-Control": FOR_EVER})

"""Signing in and out: a browser keeps its token in a cookie that no script can read and no other site can send."""

import logging
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.api.routing import ServiceDep
from web.callers import COOKIE
from web.pages.renderer import find_renderer, make_page_router

router = make_page_router()
COOKIE_S = 30 * 24 * 3600
log = logging.getLogger("trailers")


@router.get("/login")
def show_login(request: Request, next: str = "/") -> HTMLResponse:
    """Show where to sign in."""
    return find_renderer(request).show_login(safe_path(next))


@router.post("/login")
async def sign_in(request: Request, service: ServiceDep) -> Response:
    """Check the token, set the cookie, and redirect."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token, next_url = form.get("token", [""])[0].strip(), safe_path(form.get("next", ["/"])[0])
    if not service.web.tokens:
        return RedirectResponse(next_url, status_code=303)
    if service.web.tokens.owner(token) is None:
        log.warning("a sign-in from %s failed", request.client.host if request.client else "an unknown address")
        return find_renderer(request).show_login(next_url, wrong=True)
    response = RedirectResponse(next_url, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=COOKIE_S, httponly=True, samesite="strict", secure=secure)
    return response


@router.post("/logout")
def sign_out() -> Response:
    """Delete the cookie."""
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def safe_path(text: str) -> str:
    """Return a path of this service, "/" for anything that would lead elsewhere."""
    inside = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if inside and len(text) <= 500 else "/"

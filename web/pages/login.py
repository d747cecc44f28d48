"""Signing in and out: a browser keeps its token in a cookie that no script reads and no other site sends."""

from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.api.routing import Serving
from web.callers import COOKIE
from web.pages.renderer import make_page_router, pages_of
from web.views import LoginPage

router = make_page_router()
KEPT_S = 30 * 24 * 3600


@router.get("/login")
def ask(request: Request, next: str = "/") -> HTMLResponse:
    """Show where to sign in."""
    return pages_of(request).show_login(LoginPage(next_url=safe_path(next)))


@router.post("/login")
async def sign_in(request: Request, service: Serving) -> Response:
    """Take a token and go on."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token, next_url = form.get("token", [""])[0].strip(), safe_path(form.get("next", ["/"])[0])
    if not service.web.tokens:
        return RedirectResponse(next_url, status_code=303)
    if service.web.tokens.owner(token) is None:
        return pages_of(request).show_login(LoginPage(next_url=next_url, wrong=True), status=401)
    answer = RedirectResponse(next_url, status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, max_age=KEPT_S, httponly=True, samesite="strict", secure=secure)
    return answer


@router.post("/logout")
def sign_out() -> Response:
    """Forget the token."""
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def safe_path(text: str) -> str:
    """Return a path of ours to go to, "/" for whatever would lead elsewhere."""
    inside = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if inside and len(text) <= 500 else "/"

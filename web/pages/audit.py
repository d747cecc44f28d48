"""The audit: trailers whose tags are likely wrong, the likeliest mistake first, decided on by the dozen."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from classifier.genres import CANONICAL
from web.api.routing import ServiceDep
from web.audits import AuditSearch, read_audit
from web.pages.library import read_form
from web.pages.renderer import make_page_router, show_page

router = make_page_router()
N_ROWS = 25


@router.get("/audit")
def show_audit(request: Request, service: ServiceDep) -> HTMLResponse:
    """Show a page of findings."""
    fields = {name: value for name, value in request.query_params.items() if value.strip()}
    search = read_form(AuditSearch, {"limit": N_ROWS, **fields})
    page = read_audit(service, search)
    kept = search.model_dump(include={"genre", "reviewed"}, exclude_defaults=True, mode="json")
    return show_page(
        request,
        "audit",
        page=page,
        search=search,
        genres=CANONICAL,
        next_url=f"/audit?{urlencode({**kept, 'cursor': page.next})}" if page.next else None,
    )

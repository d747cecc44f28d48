"""The API's documentation: its OpenAPI document as a page without scripts."""

from collections import defaultdict

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import ERRORS
from web.pages.renderer import make_page_router, show_page

router = make_page_router()
METHODS = ("get", "post", "put", "delete", "patch")


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Show the operations of the API by their tags, its schemas by name, its errors by status."""
    openapi = request.app.openapi()
    operations = defaultdict(list)
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                operations[item[method]["tags"][0]].append((method.upper(), path, item[method]))
    schemas = dict(sorted(openapi["components"]["schemas"].items()))
    return show_page(request, "docs", operations=operations, schemas=schemas, errors=ERRORS)

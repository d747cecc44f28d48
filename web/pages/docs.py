"""The API's documentation: its OpenAPI document as a page without scripts."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import ERRORS
from web.pages.renderer import make_page_router, show_page

router = make_page_router()
METHODS = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True, slots=True)
class DocsPage:
    """The operations by tag, each as (method, path, OpenAPI object), the schemas by name, the errors by status."""

    operations: Mapping[str, list[tuple[str, str, dict[str, Any]]]]
    schemas: Mapping[str, dict[str, Any]]
    errors: Mapping[int | str, dict[str, Any]]


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Show the operations and schemas of the API."""
    openapi = request.app.openapi()
    operations = defaultdict(list)
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                operations[item[method]["tags"][0]].append((method.upper(), path, item[method]))
    view = DocsPage(operations, dict(sorted(openapi["components"]["schemas"].items())), ERRORS)
    return show_page(request, "docs", view)

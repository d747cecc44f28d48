"""The application: routes, pages, errors and guard, put together."""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from web import api, errors, pages
from web.errors import METHODS
from web.guard import OPEN, Guard
from web.openapi import SERVERS, TAGS, complete
from web.pages.renderer import PageRenderer
from web.rendering import STATIC
from web.service import Service

ALLOWED_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Range", "X-Request-ID")
EXPOSED_HEADERS = (
    *("Content-Disposition", "Content-Range", "ETag", "Location", "Retry-After", "X-Features-Id", "X-Request-ID"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
)
ABOUT = """Watches movie trailers and says which genres they are, and why.

Errors are `{"code", "message", "job_id", "fields"}`. Where tokens are configured, send one as
`Authorization: Bearer TOKEN`.
"""


class Application(FastAPI):
    """The application, whose OpenAPI document is complete."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi(), open_paths=OPEN)
        return self.openapi_schema


def create_app(service: Service) -> FastAPI:
    """Return the application of a service."""
    app = Application(
        title="Trailers",
        version=version("trailers"),
        description=ABOUT,
        servers=SERVERS,
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        docs_url=None,  # FastAPI's page loads scripts from elsewhere: web.pages.docs is ours
        redoc_url=None,
        redirect_slashes=False,  # it would redirect to whatever the Host header names
        lifespan=_lifespan,
        middleware=[*_cors(service.web.cors), Middleware(Guard, service=service)],
        generate_unique_id_function=lambda route: route.name,  # what generated clients call their functions
    )
    app.state.service, app.state.renderer = service, PageRenderer(service)
    for router in (*api.ROUTERS, *pages.ROUTERS):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.install(app)
    return app


def _cors(origins: Sequence[str]) -> list[Middleware]:
    """Return what lets pages of these origins use the API with a token; a browser's cookie is not sent."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    threading.Thread(target=service.warm_up, daemon=True, name="warm-up").start()
    yield

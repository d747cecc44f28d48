"""The application: routes, pages, errors and guard, put together."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware

from web import api, errors, pages
from web.guard import Guard
from web.pages.renderer import PageRenderer
from web.rendering import STATIC
from web.service import Service

ABOUT = """Watches movie trailers and says which genres they are, and why.

Errors are `{"code", "message", "job_id", "fields"}`. Where tokens are configured, send one as
`Authorization: Bearer TOKEN`.
"""


def create_app(service: Service) -> FastAPI:
    """Return the application of a service."""
    app = FastAPI(
        title="Trailers",
        version=version("trailers"),
        description=ABOUT,
        docs_url=None,  # FastAPI's page loads scripts from elsewhere: web.pages.docs is ours
        redoc_url=None,
        redirect_slashes=False,  # it would redirect to whatever the Host header names
        lifespan=_lifespan,
        middleware=[Middleware(Guard, service=service)],
        generate_unique_id_function=lambda route: route.name,  # what generated clients call their functions
    )
    app.state.service, app.state.renderer = service, PageRenderer(service)
    for router in (*api.ROUTERS, *pages.ROUTERS):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    threading.Thread(target=service.warm_up, daemon=True, name="warm-up").start()
    yield

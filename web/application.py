"""The application: its routes, its errors, its guard."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from web import errors
from web.api import batches, health, jobs, models, predictions, trailers, uploads
from web.guard import Guard
from web.service import Service

ROUTERS = tuple(module.router for module in (jobs, batches, uploads, trailers, predictions, models, health))
ABOUT = """Watches movie trailers and says which genres they are, and why.

Errors are `{"code", "message", "job_id"}`. Where tokens are set, send one as `Authorization: Bearer TOKEN`.
"""


def create_app(service: Service) -> FastAPI:
    """Return the application of a service."""
    app = FastAPI(
        title="Trailers",
        version=version("trailers"),
        description=ABOUT,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        middleware=[Middleware(Guard, service=service)],
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    threading.Thread(target=service.warm_up, daemon=True, name="warm-up").start()
    yield

"""The API under /v1, a module for each kind of thing it tells of."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return the routes of all of them."""
    from web.api import batches, health, jobs, models, predictions, trailers, uploads

    return [module.router for module in (jobs, batches, uploads, trailers, predictions, models, health)]

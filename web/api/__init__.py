"""The API under /v1, a module for each kind of resource."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return the routers of all its modules."""
    from web.api import batches, health, jobs, models, predictions, trailers, uploads

    return [module.router for module in (jobs, batches, uploads, trailers, predictions, models, health)]

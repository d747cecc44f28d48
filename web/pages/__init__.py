"""The pages for people, a module for each."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return the routers of all pages."""
    from web.pages import batches, docs, jobs, library, login, models, pictures, review, submit, trailer, tryouts

    modules = (submit, library, pictures, trailer, batches, review, tryouts, models, jobs, docs, login)
    return [module.router for module in modules]

"""The pages for people, a module for each."""

from web.pages import (
    audit,
    batches,
    docs,
    jobs,
    library,
    login,
    models,
    overview,
    pictures,
    review,
    submit,
    trailer,
    tryouts,
)

MODULES = (overview, submit, library, pictures, trailer, batches, review, audit, tryouts, models, jobs, docs, login)
ROUTERS = [module.router for module in MODULES]

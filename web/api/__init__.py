"""The API under /v1, a module for each kind of resource."""

from web.api import batches, health, jobs, models, predictions, review_queue, taxonomy, trailers, uploads

ROUTERS = [
    module.router for module in (jobs, batches, uploads, trailers, review_queue, predictions, models, taxonomy, health)
]

"""The API under /v1, a module for each kind of resource."""

from web.api import (
    batches,
    exports,
    health,
    jobs,
    models,
    predictions,
    review_queue,
    reviews,
    taxonomy,
    trailers,
    uploads,
)

MODULES = (jobs, batches, uploads, trailers, reviews, review_queue, predictions, models, taxonomy, exports, health)
ROUTERS = [module.router for module in MODULES]

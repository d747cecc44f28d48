"""The API under /v1, a module for each kind of resource."""

from web.api import (
    audit,
    batches,
    exports,
    health,
    jobs,
    library,
    library_map,
    models,
    predictions,
    review_queue,
    reviews,
    taxonomy,
    trailers,
    uploads,
    webhooks,
)

MODULES = (
    *(jobs, batches, webhooks, uploads, library, library_map, trailers, reviews, review_queue, audit),
    *(predictions, models, taxonomy, exports, health),
)
ROUTERS = [module.router for module in MODULES]

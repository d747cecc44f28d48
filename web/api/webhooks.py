"""Webhooks: tried before a job or a list names them."""

import time
from typing import Any

from web.api.routing import ServiceDep, make_router
from web.job_responses import TestDelivery
from web.request_bodies import WebhookTest
from worker.webhooks.address import NotDelivered
from worker.webhooks.notifications import describe_status, send_test

router = make_router("webhooks")


@router.post("/webhooks/test", response_model=TestDelivery)
def send_test_delivery(webhook: WebhookTest, service: ServiceDep) -> dict[str, Any]:
    """Send a signed notification `test` to a URL, once and at once, and tell what it answers."""
    begun = time.monotonic()
    status, message = None, None
    try:
        status = send_test(webhook.url, service.settings)
    except NotDelivered as exc:
        message = str(exc)
    delivered = status is not None and 200 <= status < 300
    if status is not None and not delivered:
        message = describe_status(status)
    return {"delivered": delivered, "status": status, "message": message, "seconds": time.monotonic() - begun}

"""Serving: the server of an application, with its bounds; the process and its tests have the same."""

import uvicorn
from fastapi import FastAPI

from web.connections import connection_type, find_room
from worker.service.web_settings import WebSettings

STOP_S = 5


def make_config(app: FastAPI, web: WebSettings, *, stop_s: int = STOP_S) -> uvicorn.Config:
    """Return the server's configuration: who is asking is read from the headers of trusted proxies alone."""
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=stop_s,
        http=connection_type(find_room()),
        ws="none",
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
    )

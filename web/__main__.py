"""The process that serves the page and the API: `python -m web`, started by `trailers serve` and `trailers up`."""

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from web.application import create_app
from web.log_limits import RepeatFilter
from web.request_ids import RequestIdFilter
from web.service import Service
from web.serving import make_config
from worker.errors import WorkerError
from worker.log import start_log
from worker.runtime import Runtime
from worker.service.web_listening import FD, listen, url_of
from worker.service.web_settings import read_web_settings
from worker.settings import own_settings

PATIENCE_S = 2.0  # with a database that is being restarted
log = logging.getLogger("trailers")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    start_log(f"web/{os.getpid()}")
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatFilter())
        handler.addFilter(RequestIdFilter())
    settings = own_settings()
    web = read_web_settings(os.environ, dotenv=Path(".env"))
    descriptor = os.environ.get(FD)
    listener = socket.socket(fileno=int(descriptor)) if descriptor else listen(web)
    with Runtime(settings, patience_s=PATIENCE_S) as runtime:
        service = Service(runtime, web)
        config = make_config(create_app(service), web)
        if not descriptor:
            print(f"Open {url_of(web, listener)}; press Ctrl-C to stop.", file=sys.stderr, flush=True)  # noqa: T201
        _Server(config, service).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that ends its event streams at once when it is told to stop."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        self._service.streams.stopping = True
        super().handle_exit(sig, frame)


if __name__ == "__main__":
    # Until the server runs, and again once it has ended.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    try:
        main()
    except WorkerError as exc:
        sys.exit(f"trailers: {exc.code}: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)

"""The process of the page and the API: `python -m web`, as `trailers serve` and `trailers up` start it."""

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from web.application import create_app
from web.service import Service
from worker.errors import WorkerError
from worker.log import start_log
from worker.runtime import Runtime
from worker.service.web_listening import FD, listen, url_of
from worker.service.web_settings import settings_here
from worker.settings import read_settings

STOP_S = 5
PATIENCE_S = 2.0  # for a database that is being started again
log = logging.getLogger("trailers")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    start_log(f"web/{os.getpid()}")
    settings = read_settings(os.environ, dotenv=Path(".env"))
    web = settings_here()
    given = os.environ.get(FD)
    listener = socket.socket(fileno=int(given)) if given else listen(web)
    with Runtime(settings, patience_s=PATIENCE_S) as runtime:
        service = Service(runtime, web)
        config = uvicorn.Config(
            create_app(service),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_S,
            http="httptools",
            ws="none",
        )
        if not given:
            print(f"Open {url_of(web, listener)}; Ctrl-C ends it.", file=sys.stderr, flush=True)  # noqa: T201
        _Server(config, service).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that has event streams end at once when it is told to stop."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        self._service.streams.stopping = True
        super().handle_exit(sig, frame)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # again once the server has ended
    try:
        main()
    except WorkerError as exc:
        sys.exit(f"trailers: {exc.code}: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)

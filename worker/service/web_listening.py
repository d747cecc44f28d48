"""The socket that the page is served on; a supervisor keeps it open while the serving process is restarted."""

import socket

from worker.errors import WorkerError
from worker.service.web_settings import WebSettings, is_loopback

FD = "TRAILERS_WEB_FD"
BACKLOG = 512
# For the process that serves: the threads of a BLAS keep spinning for 9 ms after each search for similar trailers.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def listen(web: WebSettings) -> socket.socket:
    """Return a listening socket; raises WorkerError (bad_source) if that fails."""
    try:
        family, _, _, _, address = socket.getaddrinfo(web.host, web.port, type=socket.SOCK_STREAM)[0]
        return _bind(family, address)
    except OSError as exc:
        raise WorkerError(
            "bad_source",
            f"the page can't be served at {web.host}:{web.port} ({exc.strerror or exc}): stop what listens there, or "
            "set TRAILERS_PORT to another port",
        ) from exc


def _bind(family: int, address: tuple[object, ...]) -> socket.socket:
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY), otherwise 40 ms later.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(web: WebSettings, listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    host = web.host if is_loopback(web.host) else "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/"

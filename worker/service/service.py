"""The service: a supervisor that runs until a signal ends it."""

import socket
import time
from collections.abc import Callable, Sequence

from worker.log import start_log
from worker.runtime import Runtime
from worker.service.supervisor import TICK_S, Supervisor


def serve(
    runtime: Runtime, lanes: Sequence[str], *, say: Callable[[str], None], page: socket.socket | None = None
) -> None:
    """Run the processes of the lanes, and of the page on its socket, until Ctrl-C or SIGTERM; stop them cleanly."""
    start_log("supervisor")
    with Supervisor(runtime, lanes, page=page) as supervisor:
        say(f"Working: {supervisor.describe()}; Ctrl-C ends it.")
        try:
            while True:
                supervisor.tick()
                time.sleep(TICK_S)
        except KeyboardInterrupt:
            say(f"Stopping; running work has {runtime.settings.stop_s} s to finish, Ctrl-C again ends it now.")

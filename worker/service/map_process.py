"""The process that draws the map of the library beside the sweeper: it keeps a processor busy, for minutes at most."""

import logging
import os
import secrets
import sys
import time
from contextlib import suppress
from typing import Self

from db.errors import StoreError
from extractor.errors import WeightsError
from worker.log import start_log
from worker.predicting.library_map import draw, is_due
from worker.runtime import UNKNOWN, Runtime
from worker.service.supervisor import Child
from worker.service.web_listening import ONE_THREAD
from worker.settings import own_settings

LOOK_S = 20.0  # between two looks at whether a map is due
NICE = 10  # after the jobs
log = logging.getLogger("trailers")


class MapProcess:
    """Starts a drawing where one is due; in a `with`, `round` again and again. A drawing that runs ends with it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._look_at = float("-inf")
        self._child: Child | None = None
        self._token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._child:
            self._child.end()
        with suppress(StoreError):  # then its claim ends by itself
            self._release()

    def round(self) -> None:
        """Start a drawing if one is due and none runs here; while the database is away, wait."""
        try:
            self._round()
        except StoreError as exc:
            log.warning("drawing the map waits: %s", exc)

    def _round(self) -> None:
        if self.is_running() or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_S
        self._release()
        features_id = self._find_features_id()
        store = self._runtime.store
        if features_id and is_due(store, features_id) and not store.library_map.is_being_drawn():
            self._token = secrets.token_hex(8)
            command = [sys.executable, "-P", "-m", "worker.service.map_process", features_id, self._token]
            self._child = Child("map/1", command, {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", **ONE_THREAD})
            self._child.start()

    def is_running(self) -> bool:
        """Tell whether a drawing that was started here still runs."""
        process = self._child.process if self._child else None
        return process is not None and process.poll() is None

    def _release(self) -> None:
        """End the claim of a drawing that has ended in whatever way."""
        if self._token:
            self._runtime.store.library_map.release(self._token)
            self._token = None

    def _find_features_id(self) -> str | None:
        try:
            features_id = self._runtime.known_features_id()
        except WeightsError:  # those who need them say so
            return None
        return None if features_id == UNKNOWN else features_id


def main(features_id: str, token: str) -> int:
    """Draw the map of the trailers with these features, claimed by `token`; return an exit status."""
    os.nice(NICE)
    try:
        with Runtime(own_settings()) as runtime:
            draw(runtime.store, features_id, token=token)
    except StoreError as exc:
        log.warning("the map of the library is not drawn now: %s", exc)
        return 1
    return 0


if __name__ == "__main__":
    start_log(f"map/{os.getpid()}")
    sys.exit(main(*sys.argv[1:]))

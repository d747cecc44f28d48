"""Measuring in the background: one model at a time in a child of its own, whose claim the sweeper keeps up.

If the child dies, its measurement waits again, or has failed; if the sweeper dies, the kernel ends the child, and the
measurement is claimed by another sweeper when its lease is over.
"""

import logging
import secrets
import sys
import time
from contextlib import suppress
from typing import Self

from db.errors import StoreError
from db.queue.job_records import JobError
from db.registry.measurement_records import MeasurementClaim
from worker.inference.registry import list_models
from worker.runtime import Runtime
from worker.service.supervisor import Child

FEWEST_LABELLED = 20  # trailers, for a new candidate to be measured by itself
LOOK_S = 30.0  # between two looks for new candidates
MAX_SECONDS = 6 * 3600
DIED = JobError("internal", "retry", "the process that measured it died; see the worker's log")
log = logging.getLogger("trailers")


class Measurer:
    """Has models measured that somebody has asked for, and new candidates once there are labels enough.

    Use it in a `with`: in the end its child is ended, and what that measured waits again.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._claim: MeasurementClaim | None = None
        self._child: Child | None = None
        self._looked_at = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        claim = self._claim
        self._end()
        if claim is not None:
            with suppress(StoreError):
                self._runtime.store.measurements.release(claim)

    def round(self) -> None:
        """Keep up the measurement that runs, or begin the next; while the database is away, wait."""
        try:
            self._round()
        except StoreError as exc:
            log.warning("measuring waits: %s", exc)

    def _round(self) -> None:
        if self._claim is not None:
            self._keep_up(self._claim)
        if self._claim is None:
            self._look()
            self._begin()

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = self._claim = None

    def _look(self) -> None:
        """Ask for new candidates, if there are labels enough."""
        if time.monotonic() < self._looked_at + LOOK_S:
            return
        self._looked_at, store = time.monotonic(), self._runtime.store
        candidates = [record.model_id for record in list_models(store) if record.state == "candidate"]
        missing = store.measurements.find_missing(candidates)
        if missing and store.labels.count(at_most=FEWEST_LABELLED) >= FEWEST_LABELLED:
            for model_id in missing:
                store.measurements.ask(model_id, by="")

    def _begin(self) -> None:
        token, lease_s = secrets.token_hex(8), self._runtime.settings.lease_s
        self._claim = self._runtime.store.measurements.claim(token, lease_s=lease_s)
        if self._claim is None:
            return
        command = [sys.executable, "-P", "-m", "worker.service.measuring_process", self._claim.model_id, token]
        self._child = Child(f"measuring {self._claim.model_id[:8]}", command, {"CUDA_VISIBLE_DEVICES": ""})
        self._child.start()

    def _keep_up(self, claim: MeasurementClaim) -> None:
        """Renew the lease while the child runs; one that has ended without a report has failed."""
        process = self._child.process if self._child else None
        store, lease_s = self._runtime.store, self._runtime.settings.lease_s
        overdue = self._child is not None and time.monotonic() > self._child.started_at + MAX_SECONDS
        if process is not None and process.poll() is None and not overdue:
            if not store.measurements.renew(claim, lease_s=lease_s):
                self._end()
            return
        self._end()
        store.measurements.fail(claim, DIED)

"""The process that measures one model under a claim of the sweeper's, and ends."""

import logging
import os
import sys

from db.registry.measurement_records import MeasurementClaim
from worker.errors import describe
from worker.inference.registry import find_model
from worker.learning.listener import LearningListener
from worker.log import start_log
from worker.progress import Quiet
from worker.runtime import Runtime
from worker.service.measuring import measure_model
from worker.settings import own_settings

PATIENCE_S = 60
log = logging.getLogger("trailers")


def main(model_id: str, token: str) -> None:
    """Measure one model under a claim, and store its report or its error."""
    claim = MeasurementClaim(model_id, token)
    with Runtime(own_settings(), patience_s=PATIENCE_S) as runtime:
        try:
            record = find_model(runtime.store, model_id)
            report = measure_model(runtime, record, LearningListener(log.info, Quiet()))
        except Exception as exc:  # noqa: BLE001 - the task's border: whatever happens, the measurement records it
            error = describe(exc)
            log.info("measuring %s: %s: %s", model_id[:8], error.code, error.message)
            runtime.patiently(lambda: runtime.store.measurements.fail(claim, error))
            return
        runtime.patiently(lambda: runtime.store.measurements.finish(claim, report))
        log.info("measured %s on %d trailers", model_id[:8], report.found.n_rows)


if __name__ == "__main__":
    start_log(f"measuring/{os.getpid()}")
    main(*sys.argv[1:])

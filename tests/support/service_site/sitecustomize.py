"""Python imports this at start where this folder is on PYTHONPATH: worker processes under test get cheap work."""

import sys

WORKING = {"worker.jobs.database_loop", "worker.jobs.celery_pool", "worker.jobs.inference_process", "celery"}
if WORKING & set(sys.orig_argv):
    from tests.support.cheap_work import install

    install()

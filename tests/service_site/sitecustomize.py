"""Python imports this at start where this folder is on PYTHONPATH: worker processes under test get cheap work."""

import sys

if {"worker.pulling", "worker.carrying", "worker.inference", "celery"} & set(sys.orig_argv):
    from tests.cheap_work import install

    install()

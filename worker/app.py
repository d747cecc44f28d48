"""Entry point for Celery: `celery -A worker.app worker` finds `app` here, made when it is first needed."""

from worker.jobs.app import __getattr__ as __getattr__

"""Placeholder until the Celery carrier is merged."""

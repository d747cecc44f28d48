"""Webhooks: signed notifications that jobs are finished, and their deliveries."""

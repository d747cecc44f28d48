"""The service: supervisor, sweeper, health checks, the page's process and tokens."""

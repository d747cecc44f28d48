"""Migrations: steps from one version of the stored data to the next, each repeatable and safe beside itself."""

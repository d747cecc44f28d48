"""Benchmarks, each a command that prints tables of docs/: `python -m benchmarks NAME`."""

"""Distillation of the starter: see `python -m benchmarks.distillation --help`."""

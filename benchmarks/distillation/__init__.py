"""How the starter was made: see `python -m benchmarks.distillation --help`."""

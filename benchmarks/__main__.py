"""The command `python -m benchmarks [NAME...]` (or `make bench ARGS=NAME`): runs some benchmarks, or all."""

import argparse
import importlib

NAMES = (
    *("audit", "extract", "fusion", "library", "load", "marks", "memory", "models", "plots", "queue"),
    *("similarity", "start", "starter", "storage", "trailers"),
)


def main() -> None:
    """Run benchmarks one after the other; each prints a table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; none means all")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    for name in arguments.names or NAMES:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()

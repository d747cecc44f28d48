"""Logs of worker processes: one line an event on stderr."""

import logging


def start_log(name: str) -> None:
    """Have this process log as `name`, from now on."""
    logging.basicConfig(level=logging.WARNING, format=f"%(asctime)s {name} %(message)s", datefmt="%H:%M:%S", force=True)
    logging.getLogger("trailers").setLevel(logging.INFO)

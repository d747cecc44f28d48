"""Kinds of arguments that several commands take."""

import argparse


def positive(text: str) -> int:
    """Return a whole number above zero, or have argparse say what is wrong."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above zero")
    return int(text)

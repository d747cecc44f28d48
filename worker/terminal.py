"""Terminal: colours for words that say how something is, where a person reads them and wants colours.

A colour only repeats what its word says. NO_COLOR (https://no-color.org) and TERM=dumb leave colours out.
"""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from worker.cells import show_text

GOOD, DOUBTFUL, BAD = "green", "yellow", "red"
OF_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("done", "ok", "yes", "in use", "delivered"), GOOD),
    **dict.fromkeys(("warning", "cancelled"), DOUBTFUL),
    **dict.fromkeys(("failed", "dead"), BAD),
}
_CODES = {GOOD: 32, DOUBTFUL: 33, BAD: 31}


def has_colours(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal whose user wants colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(word: str, colour: str | None, stream: TextIO) -> str:
    """Return a word as it is written to a stream: in a colour where that shows them."""
    return f"\x1b[{_CODES[colour]}m{word}\x1b[0m" if colour and has_colours(stream) else word


def warn(text: str, *, colour: str = DOUBTFUL) -> None:
    """Print on stderr, after the program's name, what went wrong; strangers' text in it can't steer the terminal."""
    sys.stderr.write(f"{paint('trailers:', colour, sys.stderr)} {show_text(text)}\n")
    sys.stderr.flush()

"""All hostile and odd files, written into a folder: python -m tests.support.hostile FOLDER."""

import sys
from pathlib import Path

from tests.support.hostile.specimens import SPECIMENS
from tests.support.hostile.workshop import Workshop

if __name__ == "__main__":
    shop = Workshop(Path(sys.argv[1]))
    for specimen in SPECIMENS:
        specimen.make(shop)

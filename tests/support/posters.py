"""Posters: random ones, a colour profile, and generated ones with genres that can be seen in them, in a table."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

GENRES = ("Action", "Comedy", "Drama")


def make_poster(path: Path, *, seed: int = 0) -> Path:
    """Write a poster of random patches."""
    random = np.random.default_rng(seed)
    Image.fromarray(random.integers(0, 256, (30, 20, 3), dtype=np.uint8)).resize((200, 300)).save(path)
    return path


def make_profile(*, space: bytes = b"RGB ", gamma: float = 2.2) -> bytes:
    """Return a colour profile (ICC.1:2010, section 8): the primaries of Display P3, and a power for a curve."""

    def fixed(*numbers: float) -> bytes:
        return b"".join(round(number * 65536).to_bytes(4, "big", signed=True) for number in numbers)

    curve = b"curv" + bytes(4) + (1).to_bytes(4, "big") + round(gamma * 256).to_bytes(2, "big") + bytes(2)
    columns = {b"rXYZ": (0.5151, 0.2412, -0.0011), b"gXYZ": (0.2920, 0.6922, 0.0419), b"bXYZ": (0.1571, 0.0666, 0.7841)}
    tags = {name: b"XYZ " + bytes(4) + fixed(*column) for name, column in columns.items()}
    tags |= {b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)}
    tags |= dict.fromkeys((b"kTRC",) if space == b"GRAY" else (b"rTRC", b"gTRC", b"bTRC"), curve)
    place, table = 128 + 4 + 12 * len(tags), b""
    for name, body in tags.items():
        table += name + place.to_bytes(4, "big") + len(body).to_bytes(4, "big")
        place += len(body)
    head = bytes(8) + b"\x02\x40\0\0mntr" + space + b"XYZ " + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    whole = head.ljust(128, b"\0") + len(tags).to_bytes(4, "big") + table + b"".join(tags.values())
    return len(whole).to_bytes(4, "big") + whole[4:]


def make_labelled_posters(folder: Path, n: int) -> tuple[Path, Path]:
    """Return a zip of posters, each of random patches and brighter in one colour for each of its genres, and a CSV."""
    random = np.random.default_rng(0)
    posters, labels = folder / "posters.zip", folder / "labels.csv"
    with zipfile.ZipFile(posters, "w") as archive, labels.open("w") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "genres", "film"])
        for number in range(n):
            has = random.random(3) < 0.5
            pixels = np.kron(random.integers(0, 120, (6, 4, 3)), np.ones((8, 8, 1))) + 120 * has
            buffer = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
            archive.writestr(f"{number}.png", buffer.getvalue())
            named = "|".join(genre for genre, it in zip(GENRES, has, strict=True) if it)
            film = "unheardof " + chr(97 + number // 26) + chr(97 + number % 26)  # a number would be a sequel's
            rows.writerow([f"{number}.png", named or "Western", film])
    return posters, labels

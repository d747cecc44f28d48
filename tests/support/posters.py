"""Posters: random ones, and generated ones with genres that can be seen in them, in a table."""

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
            film = chr(97 + number // 26) + chr(97 + number % 26)  # a number would be a sequel's
            rows.writerow([f"{number}.png", named or "Western", film])
    return posters, labels

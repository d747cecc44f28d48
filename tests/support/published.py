"""Synthetic data sets in the layouts of the published ones: made-up films, features and ids."""

import csv
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import numcodecs
import numpy as np
import zarr
from numpy.typing import NDArray

TEN = ("action", "adventure", "animation", "comedy", "crime", "drama", "horror", "romance", "sci-fi", "thriller")
LMTD_GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Horror", "Romance", "SciFi", "Thriller")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def video_id(number: int) -> str:
    return f"synthetic{number:02}"


def vectors(n_frames: int, seed: int = 0, dim: int = 2048) -> NDArray[np.float32]:
    return np.random.default_rng(seed).gamma(0.5, 0.8, (n_frames, dim)).astype(np.float32)


def write_zarr(path: Path, arrays: dict[str, NDArray[np.float32]]) -> None:
    """Write arrays as zarr 2 did: a group in a zip file, or a folder, Blosc, three rows a chunk."""
    store = zarr.storage.ZipStore(path, mode="w") if path.suffix == ".zip" else zarr.storage.LocalStore(path)
    group = zarr.create_group(store, zarr_format=2)
    for name, array in arrays.items():
        packing = numcodecs.Blosc(cname="lz4")
        group.create_array(name, data=array, chunks=(3, array.shape[1]), compressors=packing)
    store.close()


def write_trailers15k(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Write four films: two to train with, one to validate, and one to test whose features are missing."""
    folder.mkdir(exist_ok=True)
    films = {f"tt000000{number}": vectors(4 + number, seed=number) for number in range(1, 4)}
    rows = [
        ("tt0000001", 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0),
        ("tt0000002", 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0),
        ("tt0000003", 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1),
        ("tt0000004", 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2),
    ]
    write_csv(folder / "trailers15k-mltc.csv", ("mid", *TEN, "subset"), rows)
    write_zarr(folder / "train.zip", {mid: films[mid] for mid in ("tt0000001", "tt0000002")})
    write_zarr(folder / "valid.zip", {"tt0000003": films["tt0000003"]})
    write_zarr(folder / "test.zip", {})
    return films


def write_trailers12k(folder: Path) -> Path:
    genres = ("action", "adventure", "comedy", "crime", "drama", "fantasy", "horror", "romance", "sci-fi", "thriller")
    rows = [("tt0000011", 1, *[0] * 8, 1, 0, 1, 2), ("tt0000012", *[0] * 10, 0, 0, 0)]
    film = {"imdb": {"id": "0000011", "title": "One"}, "youtube": {"trailers": [{"id": video_id(11)}]}}
    (folder / "metadata.json").write_text(json.dumps({"trailers12k": {"a": film, "b": {"imdb": None}}}))
    return write_csv(folder / "mtgc.csv", ("mid", *genres, "split0", "split1", "split2"), rows)


def write_mmtf14k(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Write three films, one without vectors and one whose vector is cut."""
    names = {"Data": "movie_description.csv", "Metadata": "GenreFeatures.csv"}
    averages = folder / "Visual" / "AlexNet features" / "Avg"
    for place in (*(folder / name for name in names), averages):
        place.mkdir(parents=True)
    films = [(1, "Toy (1995)", video_id(1)), (2, "Gone (1996)", video_id(2)), (30, "Cut (1997)", "no link")]
    write_csv(folder / "Data" / names["Data"], ("movieId", "title", "YTId"), films)
    genres = [(1, 0, 1, 1, 1), (2, 1, 0, 0, 0), (30, 1, 0, 0, 0)]
    write_csv(folder / "Metadata" / names["Metadata"], ("movieId", "Action", "Children", "Sci-Fi", "Martian"), genres)
    vector = vectors(1, dim=4096)
    rows = [(1, *vector[0].tolist()), (30, *vector[0, :9].tolist())]
    heading = ("movieId", *(f"fc7_{n}" for n in range(4096)))
    write_csv(averages / "AlexNetFeatures - AVG - fc7.csv", heading, rows)
    return {"1": vector}


def write_mmimdb(folder: Path) -> Path:
    """Write four films: one without poster, one without a file, one by a path that leads out."""
    (folder / "dataset").mkdir(parents=True)
    split = {"train": ["0000005", "0000006"], "dev": ["0000007"], "test": ["../../0000008", "0000009"]}
    (folder / "split.json").write_text(json.dumps(split))
    for number, poster in ((5, True), (6, False), (9, True)):
        film = {
            "title": f"Film, {number}",
            "year": 1990 + number,
            "genres": ["Drama", "Sci-Fi"],
            "plot": ["Short.", f'Film {number}: a "longer"\nplot, by far.'],
            "cast": [{"name": "x"}],
        }
        (folder / "dataset" / f"{number:07}.json").write_text(json.dumps(film))
        if poster:
            (folder / "dataset" / f"{number:07}.jpeg").write_bytes(b"jpeg")
    return folder


def write_lmtd9(folder: Path, clip: Path) -> Path:
    """Write a database of three trailers; the video of the second is missing, that of the third is elsewhere."""
    data = folder / "lmtd9" / "data"
    data.mkdir(parents=True)
    (folder / "videos").mkdir()
    (folder / "videos" / "000002.mp4").write_bytes(clip.read_bytes())
    with sqlite3.connect(data / "database.db") as db:
        flags = ", ".join(f"is{genre} INTEGER" for genre in LMTD_GENRES)
        db.execute(f'CREATE TABLE lmtd9_0 (id INTEGER, "set" INTEGER, {flags})')
        db.execute("CREATE TABLE trailers (id INTEGER, path TEXT, imdbID TEXT)")
        db.execute("CREATE TABLE movies (imdbID TEXT, Title TEXT, Genre TEXT)")
        for number, path in ((2, "x/y.mp4"), (3, "gone.mp4"), (4, "../../../etc/passwd")):
            db.execute(f"INSERT INTO lmtd9_0 VALUES ({number}, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0)")
            db.execute("INSERT INTO trailers VALUES (?, ?, ?)", (number, path, f"tt{number:07}"))
        db.execute("INSERT INTO movies VALUES ('tt0000002', 'Two', 'Action, Sci-Fi, War')")
    db.close()
    return folder

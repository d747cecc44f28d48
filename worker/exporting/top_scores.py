"""The first three genres of a prediction as columns, genre_1, score_1, genre_2, ..., for all tables that show them."""

import math
from collections.abc import Iterable, Mapping

from worker.cells import clean_text
from worker.exporting.parquet import Kind

N_GENRES = 3
KINDS: Mapping[str, Kind] = {"genre": "text", "score": "number"}
TOP_COLUMNS = {f"{what}_{rank}": kind for rank in range(1, N_GENRES + 1) for what, kind in KINDS.items()}


def top_columns(genres: Iterable[tuple[str, float]]) -> dict[str, object]:
    """Return the values of these columns for genres and scores in rank order."""
    values: dict[str, object] = dict.fromkeys(TOP_COLUMNS)
    for rank, (genre, score) in zip(range(1, N_GENRES + 1), genres, strict=False):
        values[f"genre_{rank}"], values[f"score_{rank}"] = clean_text(genre), round_number(score, 4)
    return values


def round_number(number: float | None, digits: int) -> float | None:
    """Return a number with so many digits after the point, None for none and for what is not finite."""
    return None if number is None or not math.isfinite(number) else round(float(number), digits)

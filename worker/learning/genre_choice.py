"""Genre choice: the genres that a training learns, whose tags say so, and whether only the first one counts."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from worker.errors import WorkerError

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.data.label_matrix import RowLabels
    from classifier.data.labels import LabelledFile
    from db.records import TagLayer

Row = TypeVar("Row", "RowLabels", "LabelledFile")

SIX = ("Action", "Comedy", "Drama", "Horror", "Romance", "Sci-Fi")
MIN_GENRES = 3
ALPHABETICAL = 0.8  # of the rows with several genres: more is no chance, IMDb's lists reach .93 and TMDB's 1.0


@dataclass(frozen=True, slots=True)
class GenreChoice:
    """The `genres` to learn, none for all; with `first_only` a film counts for the genre it names first alone.

    A film whose first genre is not among them is then left out. `layer` says whose tags of the database's trailers
    count.
    """

    genres: tuple[str, ...] = ()
    first_only: bool = False
    layer: "TagLayer" = "effective"

    def choose(self, rows: Sequence[Row], say: Callable[[str], None]) -> list[Row | None]:
        """Return each row as it counts, None for one left out; says how many, and where the alphabet comes first."""
        if not self.first_only:
            return list(rows)
        named = [row.named for row in rows]
        kept = [genres[0] if genres and self._has(genres[0]) else None for genres in named]
        say(f"{len(rows) - kept.count(None):,} of {len(rows):,} rows count, each for its first genre alone")
        if (share := _alphabetical(named)) > ALPHABETICAL:
            say(
                f"Warning: {share:.0%} of the rows with several genres name them in alphabetical order: their first "
                "genre is the alphabet's choice, not the film's main one. Without --first-genre-only all genres count."
            )
        return [replace(row, genres=(genre,)) if genre else None for row, genre in zip(rows, kept, strict=True)]

    def narrow(self, data: "Dataset | Films") -> "Dataset | Films":
        """Return the rows with the labels of these genres alone; raises WorkerError (bad_source) for a misspelt one."""
        from classifier.genres import CANONICAL

        for genre in self.genres:
            if genre not in data.genres and genre not in CANONICAL:
                raise WorkerError(
                    "bad_source", f"no row names the genre {genre!r}; the labels name {', '.join(data.genres)}"
                )
        return data.with_genres(self.genres) if self.genres else data

    def __str__(self) -> str:
        """Return what it changes, to be added to the description of the rows."""
        whose = {"review": ", as reviewed", "house": ", as your house tags them"}.get(self.layer, "")
        return whose + (", of each film its first genre alone" if self.first_only else "")

    def _has(self, genre: str) -> bool:
        return not self.genres or genre in self.genres


ALL_GENRES = GenreChoice()


def add_genres(group: "argparse._ArgumentGroup") -> None:
    """Add the arguments that choose genres."""
    either = group.add_mutually_exclusive_group()
    either.add_argument("--genres", metavar="A,B,...", help="learn these genres alone (all that are common enough)")
    six = f"learn the six genres that studies of posters and trailers use: {', '.join(SIX)}"
    either.add_argument("--six-genres", action="store_true", help=six)
    first = "count a film for the genre it names first, and leave it out where that is not among the genres learnt"
    group.add_argument("--first-genre-only", action="store_true", help=first)


def read_choice(arguments: argparse.Namespace) -> GenreChoice:
    """Return the choice of the arguments; raises WorkerError (bad_source) for fewer than three genres."""
    genres = SIX if arguments.six_genres else _read_genres(arguments.genres) if arguments.genres is not None else ()
    return GenreChoice(genres, arguments.first_genre_only)


def _read_genres(text: str) -> tuple[str, ...]:
    """Return the genres of a list, in canonical words where they are understood, else as written."""
    from classifier.genres import read_genres

    words = [word.strip() for word in text.split(",") if word.strip()]
    genres = tuple(dict.fromkeys(next(iter(read_genres([word], "other").genres), word) for word in words))
    if len(genres) < MIN_GENRES:
        raise WorkerError("bad_source", f"--genres {text!r} names {len(genres)} genres; name {MIN_GENRES} at least")
    return genres


def _alphabetical(named: Sequence[Sequence[str]]) -> float:
    """Return the share of the rows with several genres that name them in alphabetical order, 0 for no such row."""
    several = [list(genres) for genres in named if len(genres) > 1]
    return sum(genres == sorted(genres) for genres in several) / len(several) if several else 0.0

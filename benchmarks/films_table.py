"""Tables that the shipped models are made from: all films at hand with labels, and the real trailers.

`python -m benchmarks.films_table all_films.csv trailers.csv` writes them; classifier/models/README.md has the commands
that read them.
"""

import csv
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.real_data import SHARED, Row, read_films, read_more_plots, read_trailers
from benchmarks.trailers.films import find_plots
from classifier.title_stem import group_films, title_stem

SOURCES = (("genres", ""), ("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_movielens", "movielens"))
COLUMNS = ("title", "year", "group", "genres", "known", "unknown_here", "poster_imdb7k", "poster_hetrec5k", "plot")
OF_TRAILERS = ("file", "title", "year", "film_id", "genres", "plot")

MIN_POSTERS = 50


def labelled_rows() -> list[Row]:
    """Return the rows of films.csv and plots_more.csv that have labels; where IMDb's of a film are known, they count.

    What is of one film, title or franchise in either is one group.
    """
    films = read_films()
    of_imdb = {row["imdb_id"]: row["genres_imdb"] for row in films if row["genres_imdb"]}
    rows = [{**row, "group": row["collection"], "film": row["imdb_id"]} for row in films]
    for number, row in enumerate(read_more_plots()):
        theirs = of_imdb.get(row["in_films_csv"])
        mine = {
            "genres": row["genres_imdb"],
            "genres_imdb": theirs or "",
            "film": row["in_films_csv"] or row["imdb_id"],
        }
        rows.append({**row, **({**mine, "genres": ""} if theirs else mine), "imdb_id": f"more {number}"})
    stems = [title_stem(row["title"]) for row in rows]
    groups = group_films(stems, [title_stem(row["group"]) for row in rows], [row["film"] for row in rows])
    rows = [{**row, "group": group, "collection": ""} for row, group in zip(rows, groups, strict=True)]
    return [row for row in rows if any(row.get(column) for column, _ in SOURCES)]


def unseen(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without those of films and franchises of which there are real trailers: these test."""
    trailers = read_trailers()
    ids, stems = {row["imdb_id"] for row in trailers} - {""}, {title_stem(row["title"]) for row in trailers}
    told = {row["group"] for row in rows if row["film"] in ids or title_stem(row["title"]) in stems}
    return [row for row in rows if row["group"] not in told]


def _to_table(row: Row, genres: Collection[str]) -> Row:
    column, source = next(pair for pair in SOURCES if row.get(pair[0]))
    labels = {
        "genres": "|".join(genre for genre in row[column].split("|") if genre in genres),
        "known": source or row["known"],
    }
    unknown = "" if source else row.get("unknown_here", "")
    return {**{name: row.get(name, "") for name in COLUMNS}, **labels, "unknown_here": unknown}


def shown(rows: Sequence[Row]) -> set[str]:
    """Return the genres, in the words of the rows, that enough posters show."""
    posters = [row for row in rows if row.get("poster_imdb7k") or row.get("poster_hetrec5k")]
    columns = [next(row[column] for column, _ in SOURCES if row.get(column)) for row in posters]
    counts = Counter(genre for genres in columns for genre in genres.split("|"))
    return {genre for genre, n in counts.items() if n >= MIN_POSTERS}


def main(films: Path, trailers: Path) -> None:
    """Write both tables; no film or franchise is in both."""
    rows = unseen(labelled_rows())
    genres = shown(rows)
    _write(films, COLUMNS, (_to_table(row, genres) for row in rows))
    _write(trailers, OF_TRAILERS, _trailers())


def _trailers() -> Iterator[Row]:
    """Yield the trailers, not clips, as `trailers batch` takes them."""
    rows = [row for row in read_trailers() if row["kind"] == "trailer"]
    for row, plot in zip(rows, find_plots(rows), strict=True):
        file = str((SHARED / "trailers" / row["file"]).resolve())
        yield {
            **{name: row.get(name, "") for name in OF_TRAILERS},
            "file": file,
            "film_id": row["imdb_id"],
            "plot": plot,
        }


def _write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

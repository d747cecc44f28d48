"""Table of all films at hand: their posters, plots and titles with labels, as the shipped models learn from them.

`python -m benchmarks.films_table all_films.csv` writes it; classifier/models/README.md has the training that reads it.
"""

import csv
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from benchmarks.real_data import Row, read_films, read_more_plots, read_trailers
from classifier.title_stem import group_films, title_stem

SOURCES = (("genres", ""), ("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_movielens", "movielens"))
COLUMNS = (*("title", "year", "group", "genres", "known", "unknown_here", "poster_imdb7k", "poster_hetrec5k", "plot"),)

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


def main(path: Path) -> None:
    """Write the table."""
    rows = unseen(labelled_rows())
    genres = shown(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(_to_table(row, genres) for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

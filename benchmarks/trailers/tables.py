"""Tables of the benchmark: trailers and clips apart, nine genres and all, with two kinds of shares as priors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from benchmarks.backbones import fastest_precision
from benchmarks.real_data import LMTD9, SHARED, read_films
from benchmarks.trailers.films import RealTrailers, read_real_trailers
from benchmarks.trailers.folds import shares_of_others
from benchmarks.trailers.ways import Way, find_ways, open_model
from classifier.arrays import Bools, Floats
from classifier.data.label_matrix import RowLabels, label_matrix
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Interval, intervals
from classifier.evaluation.evaluation import evaluate
from classifier.evaluation.placement import smooth_shares
from classifier.evaluation.scored_rows import ScoredRows
from extractor.networks.starter import Starter, starter_weights

FEW = 10  # files are too few for a table
FEWEST = 5  # files of a genre, for it to be among all genres
OF_ORDER = ("macro_ap", "macro_auc")  # taken with all films placed alike: other shares change no order by a genre
OF_PLACES = ("precision_at_3", "hit_at_1", "hit_at_3", "lrap", "macro_ece")
SHOWN = (*OF_ORDER, *OF_PLACES)
SURE = (*OF_ORDER, "precision_at_3", "hit_at_1")  # shown with their intervals
BESIDE = {"prior": "nothing: the genres' shares", "prior top-3": "nothing: the three commonest"}
HEADER = "| way | files | learnt | macro AP | AUC | P@3 | hit@1 | hit@3 | LRAP | ECE | most often first |"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some of the files, where `rows`, (n,), some of the genres, (genres,), and what is `known`, (n, genres)."""

    title: str
    rows: Bools
    columns: Bools
    known: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Priors:
    """The `shares` of the genres that scores are placed at, (n, genres)."""

    name: str
    shares: Floats


def main() -> None:
    """Print all tables."""
    if not SHARED.is_dir():
        print("trailers: needs the real data (../shared/data), which is not on this machine")
        return
    network = Starter(starter_weights(), precision=fastest_precision())
    model = open_model(network.features_id)
    real = read_real_trailers(model.genres, network)
    ways = find_ways(model, real)
    print_films(real, model.model_id)
    usual = np.tile(_shares_of_films(model.genres), (len(real.films), 1))
    ours = _shares_here(real)
    for part in main_parts(real):
        print_table(part, real, ways, Priors("films.csv", usual))
        print_table(part, real, ways, Priors("this collection", ours))
    for part in other_parts(real, ways[0].is_learnt):
        print_table(part, real, ways, Priors("films.csv", usual))


def print_films(real: RealTrailers, model_id: str) -> None:
    """Print what is measured."""
    n_plots = int(real.films.views.parts["plot"].present.sum())
    n_trailers, n_groups = int(real.is_trailer.sum()), len(set(real.films.groups))
    print(f"model {model_id[:8]}; {n_trailers} trailers, {len(real.films) - n_trailers} clips of {n_groups} films or")
    print(
        f"franchises; {n_plots} with a plot. Intervals: 95 %, by bootstrap over films and franchises. *learnt*: files"
    )
    print(
        "of whose films or franchises the model knows poster or words. *recalibrated*, *stacked*, *placed*: by trailers"
    )
    print("of other films, nine tenths of them each.")


def main_parts(real: RealTrailers) -> Iterator[Part]:
    """Yield trailers and clips, with nine genres and with all that are common enough."""
    for kind, rows in (("trailers", real.is_trailer), ("clips", ~real.is_trailer)):
        yield Part(f"{kind}, nine genres", rows, _nine(real), real.films.known)
        common = real.films.Y[rows].sum(axis=0) >= FEWEST
        yield Part(f"{kind}, all {common.sum()} genres of {FEWEST} files or more", rows, common, real.films.known)


def other_parts(real: RealTrailers, is_learnt: Bools) -> Iterator[Part]:
    """Yield the parts that tell how far the figures hang on labels, on poor files and on films that are known."""
    films = real.films
    for kind, rows in (("trailers", real.is_trailer), ("clips", ~real.is_trailer)):
        agreed, new = films.known & real.is_agreed, rows & ~is_learnt
        yield Part(f"{kind}, nine genres, labels of which no second list differs", rows, _nine(real), agreed)
        if new.sum() >= FEW:
            title = f"{kind}, nine genres, of films that the model has not learnt from"
            yield Part(title, new, _nine(real), films.known)
    plain = real.is_trailer & real.is_plain
    title = "trailers, nine genres, without those of under 200 lines, in other languages or with end cards"
    yield Part(title, plain, _nine(real), films.known)


def print_table(part: Part, real: RealTrailers, ways: Sequence[Way], priors: Priors) -> None:
    """Print the figures of each way with its scores placed at these shares of the genres."""
    print(f"\n**{part.title}, priors of {priors.name}**\n\n{HEADER}\n|{'---|' * HEADER[1:].count('|')}")
    films, cells = real.films, np.ix_(part.rows, part.columns)
    genres = list(compress(films.genres, part.columns))
    alike = np.broadcast_to(priors.shares[part.rows].mean(axis=0), priors.shares.shape)
    shares = alike[0, part.columns]
    nothing = baselines(shares, films.Y[cells], genres=genres, known=part.known[cells])
    for name, words in BESIDE.items():
        figures = [_cell(nothing[name].figures.get(each)) for each in SHOWN]
        _print_row(words, int(part.rows.sum()), 0, figures, f"{genres[shares.argmax()]} 1.00")
    for way in ways:
        rows = part.rows & way.is_there
        groups = list(compress(films.groups, rows))
        order, places = (_scored(way, part, real, each) for each in (alike, priors.shares))
        figures = _figures(order, genres, groups, OF_ORDER) + _figures(places, genres, groups, OF_PLACES)
        _print_row(way.name, len(groups), int((rows & way.is_learnt).sum()), figures, _first(places.scores, genres))


def _scored(way: Way, part: Part, real: RealTrailers, shares: Floats) -> ScoredRows:
    """Return the scores of a part of the files, placed at these shares."""
    scores = way.odds.scores(shares[way.is_there] if way.is_placed else None)
    cells = np.ix_(part.rows & way.is_there, part.columns)
    there = np.ix_(part.rows[way.is_there], part.columns)
    return ScoredRows.from_scores(real.films.Y[cells], scores[there], known=part.known[cells])


def _figures(scored: ScoredRows, genres: Sequence[str], groups: Sequence[str], names: Sequence[str]) -> list[str]:
    found = evaluate(scored.labels, scored.scores, genres=genres, known=scored.known).figures
    sure = intervals(scored, groups=groups, figures=[name for name in names if name in SURE])
    return [_cell(found.get(name), sure.get(name)) for name in names]


def _print_row(name: str, n_rows: int, n_learnt: int, figures: Sequence[str], first: str) -> None:
    print(f"| {name} | {n_rows} | {n_learnt} | {' | '.join(figures)} | {first} |", flush=True)


def _cell(figure: float | None, sure: Interval | None = None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.3f} ({sure.low:.2f} to {sure.high:.2f})" if sure else f"{figure:.3f}"


def _first(scores: Floats, genres: Sequence[str]) -> str:
    """Return the genre that most often comes first, and how often."""
    (place, n), *_ = Counter(scores.argmax(axis=1).tolist()).most_common(1)
    return f"{genres[place]} {n / len(scores):.2f}"


def _nine(real: RealTrailers) -> Bools:
    return np.array([genre in LMTD9 for genre in real.films.genres])


def _shares_of_films(genres: Sequence[str]) -> Floats:
    """Return the genres' shares among the films of films.csv that have IMDb's full lists, of shape (genres,)."""
    labels = [RowLabels(tuple(row["genres_imdb"].split("|")), "imdb") for row in read_films() if row["genres_imdb"]]
    return smooth_shares(*label_matrix(labels, genres))


def _shares_here(real: RealTrailers) -> Floats:
    """Return for each file the genres' shares among the files of its kind in other folds, (n, genres)."""
    shares = np.empty(real.films.Y.shape)
    for rows in (real.is_trailer, ~real.is_trailer):
        shares[rows] = shares_of_others(real.films.rows(rows))
    return shares

"""Data that a command line names: the arguments `trailers train` and `evaluate` share, and the rows behind them."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import add_backbone
from worker.errors import WorkerError

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.data.labels import LabelColumns
    from extractor.networks.backbone import Backbone
    from worker.learning.poster_data import PosterTable
    from worker.progress import Progress
    from worker.runtime import Runtime

Wrong = tuple[object, str]  # whether something is wrong, and what to say then


def add_data(parser: argparse.ArgumentParser, *, backbone: str) -> "argparse._ArgumentGroup":
    """Add the arguments that say where features and labels come from; `backbone` says which is the usual one."""
    source = parser.add_argument_group("where features and labels come from (the database if nothing is said)")
    add = source.add_argument
    add("--features", type=Path, metavar="FILE", help="what `trailers features export` wrote")
    add("--features-id", metavar="ID", help="which features of the database (the model's; those made here now)")
    add(
        "--with",
        dest="beside",
        action="append",
        default=[],
        choices=("poster", "plot"),
        help="what the database knows of its trailers beside their frames; may be repeated",
    )
    add("--posters", type=Path, action="append", default=[], metavar="PATH", help="a zip or folder of pictures")
    add("--labels", type=Path, metavar="CSV", help="a table with a file name or a plot, and genres, in a row")
    add("--file-column", action="append", default=[], metavar="NAME", help="file names (file); one for each --posters")
    add(
        "--genres-column",
        action="append",
        default=[],
        metavar="NAME[=SOURCE]",
        help="genres separated by | (genres), the first filled one; SOURCE, such as movielens, says whose words they "
        "are: genres it has no word for are unknown then, not absent",
    )
    add("--group-column", action="append", default=[], metavar="NAME", help="what stays together (first filled one)")
    add("--plot-column", metavar="NAME", help="the column of --labels that holds plots")
    add(
        "--plot-encoder",
        metavar="NAME",
        help="read plots with a model of sentence-transformers, a name or a folder, rather than as words",
    )
    add_backbone(source, default=backbone)
    return source


def check_data(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    flag = table_flag(arguments)
    columns = arguments.labels or arguments.file_column or arguments.genres_column or arguments.group_column
    refuse(
        (
            (flag and arguments.labels is None, f"{flag} needs --labels CSV beside it"),
            (columns and not flag, "--labels and its columns need --posters PATH or --plot-column NAME beside them"),
            (flag and (arguments.features or arguments.beside), f"{flag} needs no --features, no --with"),
            (
                arguments.beside and arguments.features,
                "--with is for the database; a file of --features has frames alone",
            ),
            (arguments.plot_encoder and not arguments.plot_column, "--plot-encoder needs --plot-column NAME"),
            (
                arguments.plot_encoder and arguments.posters,
                "--plot-encoder needs no --posters: words are joined with them",
            ),
            (
                not arguments.posters and (arguments.backbone or arguments.backbone_weights),
                "--backbone and --backbone-weights are for --posters only",
            ),
        )
    )


def refuse(wrongs: Iterable[Wrong]) -> None:
    """Raise WorkerError (bad_source) for the first that is wrong."""
    for wrong, message in wrongs:
        if wrong:
            raise WorkerError("bad_source", message)


def table_flag(arguments: argparse.Namespace) -> str:
    """Return the flag that says that a table is read, "" where none does."""
    return "--posters" if arguments.posters else "--plot-column" if arguments.plot_column else ""


def modalities(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return what rows may have, in the order of MODALITIES."""
    if table_flag(arguments):
        return (*(["poster"] if arguments.posters else []), *(["plot"] if arguments.plot_column else []))
    return ("trailer", *(name for name in ("poster", "plot") if name in arguments.beside))


def read_data(
    arguments: argparse.Namespace,
    runtime: "Runtime",
    *,
    features_id: str | None,
    backbone: "Callable[[], Backbone]",
    say: Callable[[str], None],
    progress: "Progress",
) -> "tuple[Dataset | Films, str]":
    """Return the labelled rows, and in words what they are; raises what reading them does.

    Of the database's features those of `features_id` are read; `backbone` opens what looks at --posters.
    """
    names = modalities(arguments)
    if names == ("plot",):
        from worker.learning.plot_data import PlotTable, plot_dataset

        columns = _columns(arguments, files=(arguments.plot_column,))
        return plot_dataset(PlotTable(arguments.labels, columns, arguments.plot_encoder), say=say, progress=progress)
    if names == ("poster",):
        from worker.learning.poster_data import poster_dataset

        table = poster_table(arguments)
        return poster_dataset(table, backbone(), settings=runtime.settings, say=say, progress=progress)
    if arguments.posters:
        from worker.learning.film_data import FilmTable, film_dataset

        columns = _columns(arguments, files=(*_file_columns(arguments), arguments.plot_column))
        films = FilmTable(tuple(arguments.posters), arguments.labels, columns)
        return film_dataset(films, backbone(), settings=runtime.settings, say=say, progress=progress)
    if arguments.beside:
        from worker.learning.film_store import films_from_store

        return films_from_store(runtime, modalities=names, features_id=features_id, progress=progress)
    from worker.learning.learning_data import read_learning_data

    return read_learning_data(runtime, file=arguments.features, features_id=features_id, progress=progress)


def poster_table(arguments: argparse.Namespace) -> "PosterTable":
    """Return the posters that the arguments name; raises WorkerError (bad_source)."""
    from worker.learning.poster_data import PosterTable

    columns = _columns(arguments, files=_file_columns(arguments))
    return PosterTable(tuple(arguments.posters), arguments.labels, columns)


def _file_columns(arguments: argparse.Namespace) -> tuple[str, ...]:
    return tuple(arguments.file_column or ["file"])


def _columns(arguments: argparse.Namespace, *, files: tuple[str, ...]) -> "LabelColumns":
    from classifier.data.labels import LabelColumns
    from classifier.genres import VOCABULARIES

    genres = tuple(text.partition("=")[::2] for text in arguments.genres_column or ["genres"])
    for _, source in genres:
        if source and source not in VOCABULARIES:
            raise WorkerError(
                "bad_source", f"nobody knows the words of {source!r}; there are {', '.join(VOCABULARIES)}"
            )
    return LabelColumns(files=files, genres=genres, groups=tuple(arguments.group_column))

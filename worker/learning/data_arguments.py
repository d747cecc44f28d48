"""Data named on a command line: the arguments `trailers train` and `evaluate` share, and the rows behind them."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from classifier.view import MODALITIES
from db.records import TagLayer
from worker.arguments import add_backbone
from worker.errors import WorkerError
from worker.learning.genre_choice import ALL_GENRES, GenreChoice

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.taxonomy import Taxonomy
    from extractor.networks.backbone import Backbone
    from worker.learning.label_table import LabelTable
    from worker.learning.listener import LearningListener
    from worker.runtime import Runtime

LAYERS = get_args(TagLayer)
COLUMNS = ("file_column", "genres_column", "group_column", "known_column", "unknown_column", "year_column")
Check = tuple[object, str]  # whether something is wrong, and the message if it is


def add_data(parser: argparse.ArgumentParser, *, backbone: str) -> "argparse._ArgumentGroup":
    """Add the arguments that name features and labels; `backbone` is the default, in words."""
    source = parser.add_argument_group("features and labels (from the database unless given)")
    add = source.add_argument

    def add_list(flag: str, **options: Any) -> None:
        add(flag, action="append", default=[], **options)

    add("--features", type=Path, metavar="FILE", help="a file written by `trailers features export`")
    add("--features-id", metavar="ID", help="which features of the database (the model's; those made here now)")
    known = (
        "also use the posters, plots, titles, sounds, or plots as sentences of the database's trailers; may be repeated"
    )
    add_list("--with", dest="beside", choices=MODALITIES[1:], help=known)
    add_list("--posters", type=Path, metavar="PATH", help="a zip file or folder of pictures")
    labels = (
        "a table: a file name or a plot, and genres, in each row; or, of the database's trailers, whose tags: "
        "effective (those that count, the default), review (people's reviews alone) or house (your lists alone); "
        "write a file of such a name as ./review"
    )
    add("--labels", type=_labels, metavar="CSV|LAYER", help=labels)
    add_list("--file-column", metavar="NAME", help="the column of file names (file); one for each --posters")
    genres = (
        "the column of genres separated by | (genres, else columns of 1 and 0, one for each genre); of several the "
        "first that is filled; SOURCE, such as movielens, names their vocabulary: genres it has no word for are "
        "unknown, not absent"
    )
    add_list("--genres-column", metavar="NAME[=SOURCE]", help=genres)
    together = "the column that says which rows stay together; of several the first that is filled"
    add_list("--group-column", metavar="NAME", help=together)
    known = (
        "the column that names each row's vocabulary, such as imdb or justwatch: genres it has no word for are unknown"
    )
    add("--known-column", metavar="NAME", help=known)
    add("--unknown-column", metavar="NAME", help="the column of genres, separated by |, that are unknown in their row")
    add("--plot-column", metavar="NAME", help="the column of --labels that holds plots")
    add("--title-column", metavar="NAME", help="the column that holds films' titles, as words to learn from")
    add("--year-column", metavar="NAME", help="the column of the films' years, learnt from with --title-column")
    encoder = "read plots with a sentence encoder (all-MiniLM-L6-v2, or the folder of a BERT), not as words"
    add("--plot-encoder", metavar="NAME", help=encoder)
    beside = "also read plots with the sentence encoder all-MiniLM-L6-v2, joined with their words"
    add("--sentences", action="store_true", default=None, help=beside)
    add_backbone(source, default=backbone)
    return source


def repeat_data(arguments: argparse.Namespace) -> list[str]:
    """Return the arguments that name features and labels as they were given, [] where none was."""
    parser, words = argparse.ArgumentParser(add_help=False), []
    add_data(parser, backbone="")
    for action in parser._actions:
        given = getattr(arguments, action.dest)
        for value in given if isinstance(given, list) else [given] if given is not None else []:
            is_file = isinstance(value, Path) and str(value) in LAYERS
            words += [action.option_strings[-1], *([] if value is True else [f"./{value}" if is_file else str(value)])]
    return words


def _labels(text: str) -> Path | str:
    return text if text in LAYERS else Path(text)


def labels_file(arguments: argparse.Namespace) -> Path | None:
    """Return the table of --labels, None where it names a layer or nothing."""
    return arguments.labels if isinstance(arguments.labels, Path) else None


def check_data(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    flag = table_flag(arguments)
    n_posters, n_columns = len(arguments.posters), len(file_columns(arguments))
    table = labels_file(arguments)
    columns = table or any(getattr(arguments, name) for name in COLUMNS)
    refuse(
        (
            (
                arguments.labels and table is None and (flag or arguments.features),
                f"--labels {arguments.labels} is for the trailers of the database: it doesn't go with "
                f"{flag or '--features'}; a file of this name is ./{arguments.labels}",
            ),
            (flag and table is None, f"{flag} needs --labels CSV beside it"),
            (
                columns and not flag,
                "--labels and its columns need --posters PATH, --plot-column NAME or --title-column NAME beside them",
            ),
            (arguments.year_column and not arguments.title_column, "--year-column needs --title-column NAME"),
            (n_posters != n_columns, f"{n_posters} --posters, but {n_columns} --file-column: give one for each"),
            (flag and (arguments.features or arguments.beside), f"{flag} does not go with --features or --with"),
            (
                arguments.beside and arguments.features,
                "--with is for the database: a file of --features holds frames only",
            ),
            (arguments.plot_encoder and not arguments.plot_column, "--plot-encoder needs --plot-column NAME"),
            (
                arguments.sentences and (arguments.plot_encoder or not arguments.plot_column),
                "--sentences needs --plot-column NAME, and no --plot-encoder",
            ),
            (
                arguments.plot_encoder and (arguments.posters or arguments.title_column),
                "--plot-encoder does not go with --posters or --title-column: plots are joined as words, and with "
                "--sentences as sentences, too",
            ),
            (
                not arguments.posters and (arguments.backbone or arguments.backbone_weights or arguments.picture_size),
                "--backbone, --backbone-weights and --picture-size need --posters",
            ),
        )
    )


def check_out(path: Path | None) -> None:
    """Raise WorkerError (bad_source) unless a model and its card can be written there: before the long work."""
    if path is not None:
        is_there = path.absolute().parent.is_dir() and not path.is_dir()
        refuse(
            (
                (not is_there, f"{str(path)!r} can't be written: it is a folder, or its folder isn't there"),
                (
                    path.suffix == ".md",
                    f"{str(path)!r} is the name of the model's card: give another, such as model.zip",
                ),
            )
        )


def refuse(checks: Iterable[Check]) -> None:
    """Raise WorkerError (bad_source) for the first check that finds something wrong."""
    for wrong, message in checks:
        if wrong:
            raise WorkerError("bad_source", message)


def table_flag(arguments: argparse.Namespace) -> str:
    """Return the flag that has a table read, "" if there is none."""
    texts = ("--plot-column", arguments.plot_column), ("--title-column", arguments.title_column)
    return next((flag for flag, given in (("--posters", arguments.posters), *texts) if given), "")


def modalities(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the modalities that rows may have, in the order of MODALITIES."""
    if table_flag(arguments):
        given = {
            "poster": arguments.posters,
            "plot": arguments.plot_column,
            "title": arguments.title_column,
            "sentence": arguments.sentences,
        }
        return tuple(name for name, there in given.items() if there)
    return ("trailer", *(name for name in MODALITIES[1:] if name in arguments.beside))


def read_data(
    arguments: argparse.Namespace,
    runtime: "Runtime",
    *,
    features_id: str | None,
    backbone: "Callable[[], Backbone]",
    listener: "LearningListener",
    choice: GenreChoice = ALL_GENRES,
) -> "tuple[Dataset | Films, str]":
    """Return the labelled rows with the chosen genres, and their description; raises what reading them does.

    Of the database's features those of `features_id` are read; `backbone` opens the network that looks at --posters.
    """
    data: Dataset | Films
    if arguments.labels in LAYERS:
        choice = replace(choice, layer=arguments.labels)
    if table_flag(arguments):
        from worker.learning.film_data import read_table

        table = replace(label_table(arguments, runtime.store.taxonomies.current()), choice=choice)
        data, words = read_table(table, backbone, settings=runtime.settings, listener=listener)
    elif arguments.beside:
        from worker.learning.film_store import films_from_store

        beside = modalities(arguments)
        data, words = films_from_store(
            runtime, modalities=beside, features_id=features_id, listener=listener, choice=choice
        )
    else:
        from worker.learning.datasets import read_learning_data

        data, words = read_learning_data(
            runtime, file=arguments.features, features_id=features_id, listener=listener, choice=choice
        )
    return choice.narrow(data), f"{words}{choice}"


def label_table(arguments: argparse.Namespace, taxonomy: "Taxonomy") -> "LabelTable":
    """Return the table that the arguments name, where words of the taxonomy may head columns of their own.

    Raises WorkerError (bad_source) for a vocabulary that isn't known.
    """
    from classifier.data.labels import LabelColumns
    from classifier.genres import VOCABULARIES
    from worker.learning.label_table import LabelTable

    genres = tuple(text.partition("=")[::2] for text in arguments.genres_column)
    for _, source in genres:
        if source and source not in VOCABULARIES:
            raise WorkerError("bad_source", f"{source!r} is not a vocabulary; use one of {', '.join(VOCABULARIES)}")
    columns = LabelColumns(
        files=(*file_columns(arguments), *filter(None, (arguments.plot_column, arguments.title_column))),
        genres=genres,
        groups=tuple(arguments.group_column),
        year=arguments.year_column or "",
        known=arguments.known_column or "",
        unknown=arguments.unknown_column or "",
    )
    return LabelTable(
        arguments.labels,
        columns,
        tuple(arguments.posters),
        arguments.plot_encoder,
        taxonomy,
        titles=bool(arguments.title_column),
        sentences=bool(arguments.sentences),
    )


def file_columns(arguments: argparse.Namespace) -> list[str]:
    """Return the column of file names of each --posters."""
    return (arguments.file_column or ["file"]) if arguments.posters else []

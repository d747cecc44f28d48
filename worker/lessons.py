"""Where `trailers train` learns from: the arguments that say so, and what stands behind them."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import add_backbone, positive
from worker.errors import WorkerError
from worker.settings import Settings

if TYPE_CHECKING:
    from classifier.labels import LabelColumns
    from classifier.neural_options import NeuralOptions
    from classifier.ragged import Ragged
    from worker.poster_data import PosterTable
    from worker.poster_training import BackboneWish, Lesson
    from worker.progress import Progress
    from worker.runtime import Runtime
    from worker.training import Wishes


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where features and labels come from."""
    source = parser.add_argument_group("where features and labels come from (the database if nothing is said)")
    add = source.add_argument
    add("--features", type=Path, metavar="FILE", help="what `trailers features export` wrote")
    add("--features-id", metavar="ID", help="which features of the database (those made here now)")
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
    add("--plot-column", metavar="NAME", help="learn from plots, which stand in this column of --labels")
    add(
        "--plot-encoder",
        metavar="NAME",
        help="read plots with a model of sentence-transformers, a name or a folder, rather than as words",
    )
    add("--word-vectors", type=Path, metavar="FILE", help="where the head lstm begins: lines of a word, its numbers")
    add_backbone(source, usual="TRAILERS_BACKBONE, else inception_v3")
    add("--fine-tune", type=positive, metavar="N", help="have the top N blocks of the backbone learn first; for GPUs")
    add("--fine-tune-epochs", type=positive, default=10, metavar="N", help="for how many epochs at most (10)")


def check_sources(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    for wrong, message in (
        (_table_flag(arguments) and (arguments.labels is None), "{flag} needs --labels CSV beside it"),
        (_table_flag(arguments) and (arguments.features or arguments.beside), "{flag} needs no --features, no --with"),
        (arguments.beside and arguments.features, "--with is for the database; a file of --features has frames alone"),
        (arguments.plot_encoder and not arguments.plot_column, "--plot-encoder needs --plot-column NAME"),
        (arguments.plot_encoder and arguments.posters, "--plot-encoder needs no --posters: words are joined with them"),
        (
            arguments.word_vectors and (not arguments.plot_column or arguments.plot_encoder),
            "--word-vectors needs --plot-column NAME, and no --plot-encoder",
        ),
        (
            not arguments.posters and (arguments.backbone or arguments.backbone_weights),
            "--backbone and --backbone-weights are for --posters only",
        ),
        (
            arguments.fine_tune and (not arguments.posters or arguments.plot_column),
            "--fine-tune needs --posters, and no --plot-column; the weights it makes serve with --backbone-weights",
        ),
    ):
        if wrong:
            raise WorkerError("bad_source", message.format(flag=_table_flag(arguments)))


def name_of(arguments: argparse.Namespace) -> str:
    """Return the usual name of a model that learns from this."""
    return "+".join(f"{name}s" for name in _modalities(arguments))


def learns_from_frames(arguments: argparse.Namespace) -> bool:
    """Say whether heads for frames have something to learn from: pictures, or sentences as vectors."""
    return _modalities(arguments) != ["plot"] or bool(arguments.plot_encoder)


def learns_from_words(arguments: argparse.Namespace) -> bool:
    """Say whether heads for words have something to learn from."""
    return "plot" in _modalities(arguments) and not arguments.plot_encoder


def read_lesson(
    arguments: argparse.Namespace,
    runtime: "Runtime",
    wishes: "Wishes",
    *,
    say: Callable[[str], None],
    progress: "Progress",
) -> "Lesson":
    """Return what the arguments name, and how to train on it; raises what reading it does."""
    from worker.poster_training import Lesson

    modalities = _modalities(arguments)
    if modalities == ["poster"]:
        from worker.fine_tuning import Hearer
        from worker.poster_training import read_posters

        table, wish = _poster_table(arguments), _backbone(arguments, runtime.settings)
        return read_posters(runtime, table, wish, wishes, hearer=Hearer(say, progress))
    if modalities == ["plot"]:
        from worker.plot_data import PlotTable, plot_dataset

        columns = _columns(arguments, files=(arguments.plot_column,))
        plots, words = plot_dataset(
            PlotTable(arguments.labels, columns, arguments.plot_encoder), say=say, progress=progress
        )
        return Lesson(plots, words, replace(wishes, neural=_with_vectors(arguments, wishes, plots.X, say)))
    if arguments.posters:
        return _read_films(arguments, runtime, wishes, say=say, progress=progress)
    if arguments.beside:
        from worker.film_store import films_from_store

        films, words = films_from_store(
            runtime, modalities=tuple(modalities), features_id=arguments.features_id, progress=progress
        )
        return Lesson(films, words, wishes)
    from worker.learning_data import read_learning_data

    data, words = read_learning_data(
        runtime, file=arguments.features, features_id=arguments.features_id, progress=progress
    )
    return Lesson(data, words, wishes)


def _read_films(
    arguments: argparse.Namespace,
    runtime: "Runtime",
    wishes: "Wishes",
    *,
    say: Callable[[str], None],
    progress: "Progress",
) -> "Lesson":
    from worker.film_data import FilmTable, film_dataset
    from worker.poster_backbones import backbone_to_learn_by, open_backbone, poster_weights
    from worker.poster_training import Lesson

    columns = _columns(arguments, files=(*(arguments.file_column or ["file"]), arguments.plot_column))
    table = FilmTable(tuple(arguments.posters), arguments.labels, columns)
    name = backbone_to_learn_by(runtime.settings, arguments.backbone)
    backbone = open_backbone(runtime, poster_weights(runtime, name, arguments.backbone_weights))
    films, words = film_dataset(table, backbone, settings=runtime.settings, say=say, progress=progress)
    plots = films.branch("plot").X
    return Lesson(films, words, replace(wishes, neural=_with_vectors(arguments, wishes, plots, say)))


def _with_vectors(
    arguments: argparse.Namespace, wishes: "Wishes", plots: "Ragged", say: Callable[[str], None]
) -> "NeuralOptions":
    if arguments.word_vectors is None:
        return wishes.neural
    from worker.word_vectors import read_word_vectors

    return replace(wishes.neural, word_vectors=read_word_vectors(arguments.word_vectors, plots.values, say=say))


def _table_flag(arguments: argparse.Namespace) -> str:
    """Return the flag that says that a table is read, "" where none does."""
    return "--posters" if arguments.posters else "--plot-column" if arguments.plot_column else ""


def _modalities(arguments: argparse.Namespace) -> list[str]:
    """Return what is learnt from, in the order of MODALITIES."""
    if _table_flag(arguments):
        return [*(["poster"] if arguments.posters else []), *(["plot"] if arguments.plot_column else [])]
    return ["trailer", *(name for name in ("poster", "plot") if name in arguments.beside)]


def _backbone(arguments: argparse.Namespace, settings: Settings) -> "BackboneWish":
    from extractor.fine_tuning import FineTuning
    from worker.poster_backbones import backbone_to_learn_by
    from worker.poster_training import BackboneWish

    tuning = FineTuning(blocks=arguments.fine_tune or 1, epochs=arguments.fine_tune_epochs, seed=arguments.seed)
    name = backbone_to_learn_by(settings, arguments.backbone)
    return BackboneWish(name, arguments.backbone_weights, tuning if arguments.fine_tune else None)


def _poster_table(arguments: argparse.Namespace) -> "PosterTable":
    from worker.poster_data import PosterTable

    columns = _columns(arguments, files=tuple(arguments.file_column or ["file"]))
    return PosterTable(tuple(arguments.posters), arguments.labels, columns)


def _columns(arguments: argparse.Namespace, *, files: tuple[str, ...]) -> "LabelColumns":
    from classifier.genres import VOCABULARIES
    from classifier.labels import LabelColumns

    genres = tuple(text.partition("=")[::2] for text in arguments.genres_column or ["genres"])
    for _, source in genres:
        if source and source not in VOCABULARIES:
            raise WorkerError(
                "bad_source", f"nobody knows the words of {source!r}; there are {', '.join(VOCABULARIES)}"
            )
    return LabelColumns(files=files, genres=genres, groups=tuple(arguments.group_column))

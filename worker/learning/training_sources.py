"""Training sources: the arguments that select them and the data sets they stand for."""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import positive
from worker.errors import WorkerError
from worker.learning.data_arguments import add_data, check_data, label_table, modalities, read_data, refuse
from worker.learning.genre_choice import add_genres, read_choice

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.heads.options import NeuralOptions
    from classifier.training.options import TrainingOptions
    from extractor.networks.backbone import Backbone
    from extractor.networks.weights import Weights
    from worker.learning.listener import LearningListener
    from worker.learning.training import TrainingSource
    from worker.runtime import Runtime


WORDS = frozenset(("plot", "title"))


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what to learn from, and how its backbone or words are prepared."""
    group = add_data(parser, backbone="TRAILERS_BACKBONE, else inception_v3")
    add_genres(group)
    add = group.add_argument
    add(
        "--word-vectors", type=Path, metavar="FILE", help="initial vectors of the head lstm: a word, its numbers a line"
    )
    add("--fine-tune", type=positive, metavar="N", help="train the top N blocks of the backbone first; for GPUs")
    add("--fine-tune-epochs", type=positive, default=10, metavar="N", help="for at most N epochs (10)")


def check_sources(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    check_data(arguments)
    read_choice(arguments)
    refuse(
        (
            (
                arguments.first_genre_only and arguments.features,
                "--first-genre-only does not go with --features: such a file doesn't say which genre comes first; use "
                "the database's trailers, or --labels",
            ),
            (
                arguments.word_vectors and (not arguments.plot_column or arguments.plot_encoder),
                "--word-vectors needs --plot-column NAME, and no --plot-encoder",
            ),
            (
                arguments.fine_tune and modalities(arguments) != ("poster",),
                "--fine-tune needs --posters, and no texts; use the weights it makes with --backbone-weights",
            ),
        )
    )


def name_of(arguments: argparse.Namespace) -> str:
    """Return the default name of a model that learns from this."""
    return "+".join(f"{name}s" for name in modalities(arguments))


def learns_from_frames(arguments: argparse.Namespace) -> bool:
    """Return whether heads for frames have something to learn from: pictures, or sentences as vectors."""
    return bool(arguments.plot_encoder) or not WORDS.issuperset(modalities(arguments))


def learns_from_words(arguments: argparse.Namespace) -> bool:
    """Return whether heads for words have something to learn from."""
    return not (arguments.plot_encoder or WORDS.isdisjoint(modalities(arguments)))


def read_training_source(
    arguments: argparse.Namespace, runtime: "Runtime", options: "TrainingOptions", listener: "LearningListener"
) -> "TrainingSource":
    """Return the rows that the arguments name, and how to train on them; raises what reading them does.

    Raises LeakingSplit where the backbone was fine-tuned on them before, and no split is given.
    """
    from worker.learning.promotion import find_learnt
    from worker.learning.training import TrainingSource
    from worker.predicting.poster_backbones import open_backbone

    def backbone() -> "Backbone":
        return open_backbone(runtime, _weights(arguments, runtime))

    data, words = read_data(
        arguments,
        runtime,
        features_id=arguments.features_id,
        backbone=backbone,
        listener=listener,
        choice=read_choice(arguments),
    )
    if arguments.word_vectors is not None:
        options = replace(options, neural=_with_vectors(arguments.word_vectors, options.neural, data, listener))
    learnt = None if arguments.no_database else find_learnt(runtime, data)
    split = arguments.split if isinstance(arguments.split, Path) else None  # published ones are planned with the runs
    source = TrainingSource(data, replace(options, description=words), split, learnt=learnt)
    return _prepare_posters(arguments, runtime, source, listener) if modalities(arguments) == ("poster",) else source


def _prepare_posters(
    arguments: argparse.Namespace, runtime: "Runtime", source: "TrainingSource", listener: "LearningListener"
) -> "TrainingSource":
    """Return posters to train on, fine-tuned ones with the split that the fine-tuning respected."""
    from extractor.networks.fine_tuning import FineTuning
    from worker.learning.fine_tuning import fine_tune, refuse_seen
    from worker.predicting.poster_backbones import open_backbone

    weights = _weights(arguments, runtime)
    if not arguments.fine_tune:
        if source.split is None:
            refuse_seen(source.data, weights)
        return source
    table, home = label_table(arguments, runtime.store.taxonomies.current()), runtime.settings.home
    tuning = FineTuning(blocks=arguments.fine_tune, epochs=arguments.fine_tune_epochs, seed=arguments.seed)
    tuned, split = fine_tune(source, table, weights, tuning, home=home, listener=listener)
    backbone = partial(open_backbone, runtime, tuned)
    choice = read_choice(arguments)
    data, words = read_data(arguments, runtime, features_id=None, backbone=backbone, listener=listener, choice=choice)
    words += f"; the top {tuning.blocks} blocks of {weights.features_id} fine-tuned on the train part"
    return replace(source, data=data, options=replace(source.options, description=words), split=split, tuned=tuned)


def _weights(arguments: argparse.Namespace, runtime: "Runtime") -> "Weights":
    """Return the weights of the network that looks at posters; raises WorkerError if it is to learn and can't."""
    from extractor.networks.applications import ARCHITECTURES
    from worker.predicting.poster_backbones import poster_weights, training_backbone

    name = training_backbone(runtime.settings, arguments.backbone)
    if arguments.fine_tune and name not in ARCHITECTURES:
        raise WorkerError("bad_source", f"{name} can't be fine-tuned: choose another --backbone")
    return poster_weights(runtime, name, arguments.backbone_weights, picture_size=arguments.picture_size)


def _with_vectors(
    file: Path, options: "NeuralOptions", data: "Dataset | Films", listener: "LearningListener"
) -> "NeuralOptions":
    from classifier.data.films import Films
    from worker.learning.word_vectors import read_word_vectors

    plots = data.branch("plot") if isinstance(data, Films) else data
    return replace(options, word_vectors=read_word_vectors(file, plots.X.values, say=listener.say))

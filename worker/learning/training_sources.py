"""Where `trailers train` learns from: the arguments that say so, and what stands behind them."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import positive
from worker.learning.data_arguments import add_data, check_data, modalities, poster_table, read_data, refuse

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.heads.options import NeuralOptions
    from extractor.networks.backbone import Backbone
    from worker.learning.poster_training import BackboneRequest, TrainingSource
    from worker.learning.training import TrainingRequest
    from worker.progress import Progress
    from worker.runtime import Runtime
    from worker.settings import Settings


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what to learn from, and how what reads it learns first."""
    add = add_data(parser, backbone="TRAILERS_BACKBONE, else inception_v3").add_argument
    add("--word-vectors", type=Path, metavar="FILE", help="where the head lstm begins: lines of a word, its numbers")
    add("--fine-tune", type=positive, metavar="N", help="have the top N blocks of the backbone learn first; for GPUs")
    add("--fine-tune-epochs", type=positive, default=10, metavar="N", help="for how many epochs at most (10)")


def check_sources(arguments: argparse.Namespace) -> None:
    """Raise WorkerError (bad_source) for arguments that name two sources, or half of one."""
    check_data(arguments)
    refuse(
        (
            (
                arguments.word_vectors and (not arguments.plot_column or arguments.plot_encoder),
                "--word-vectors needs --plot-column NAME, and no --plot-encoder",
            ),
            (
                arguments.fine_tune and (not arguments.posters or arguments.plot_column),
                "--fine-tune needs --posters, and no --plot-column; the weights it makes serve with --backbone-weights",
            ),
        )
    )


def name_of(arguments: argparse.Namespace) -> str:
    """Return the usual name of a model that learns from this."""
    return "+".join(f"{name}s" for name in modalities(arguments))


def learns_from_frames(arguments: argparse.Namespace) -> bool:
    """Say whether heads for frames have something to learn from: pictures, or sentences as vectors."""
    return modalities(arguments) != ("plot",) or bool(arguments.plot_encoder)


def learns_from_words(arguments: argparse.Namespace) -> bool:
    """Say whether heads for words have something to learn from."""
    return "plot" in modalities(arguments) and not arguments.plot_encoder


def read_training_source(
    arguments: argparse.Namespace,
    runtime: "Runtime",
    wishes: "TrainingRequest",
    *,
    say: Callable[[str], None],
    progress: "Progress",
) -> "TrainingSource":
    """Return what the arguments name, and how to train on it; raises what reading it does."""
    from worker.learning.poster_training import TrainingSource

    if modalities(arguments) == ("poster",):
        from worker.learning.fine_tuning import FineTuningListener
        from worker.learning.poster_training import read_posters

        table, wish = poster_table(arguments), _backbone(arguments, runtime.settings)
        return read_posters(runtime, table, wish, wishes, hearer=FineTuningListener(say, progress))

    def backbone() -> "Backbone":
        from worker.predicting.poster_backbones import open_backbone, poster_weights, training_backbone

        name = training_backbone(runtime.settings, arguments.backbone)
        return open_backbone(runtime, poster_weights(runtime, name, arguments.backbone_weights))

    data, words = read_data(
        arguments, runtime, features_id=arguments.features_id, backbone=backbone, say=say, progress=progress
    )
    return TrainingSource(data, words, replace(wishes, neural=_with_vectors(arguments, wishes, data, say)))


def _with_vectors(
    arguments: argparse.Namespace, wishes: "TrainingRequest", data: "Dataset | Films", say: Callable[[str], None]
) -> "NeuralOptions":
    if arguments.word_vectors is None:
        return wishes.neural
    from classifier.data.films import Films
    from worker.learning.word_vectors import read_word_vectors

    plots = data.branch("plot") if isinstance(data, Films) else data
    return replace(wishes.neural, word_vectors=read_word_vectors(arguments.word_vectors, plots.X.values, say=say))


def _backbone(arguments: argparse.Namespace, settings: "Settings") -> "BackboneRequest":
    from extractor.networks.fine_tuning import FineTuning
    from worker.learning.poster_training import BackboneRequest
    from worker.predicting.poster_backbones import training_backbone

    tuning = FineTuning(blocks=arguments.fine_tune or 1, epochs=arguments.fine_tune_epochs, seed=arguments.seed)
    name = training_backbone(settings, arguments.backbone)
    return BackboneRequest(name, arguments.backbone_weights, tuning if arguments.fine_tune else None)

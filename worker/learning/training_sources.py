"""Training sources: the arguments that select them and the data sets they stand for."""

import argparse
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
    from worker.learning.listener import LearningListener
    from worker.learning.poster_training import BackboneRequest
    from worker.learning.training import TrainingRequest, TrainingSource
    from worker.runtime import Runtime
    from worker.settings import Settings


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what to learn from, and how its backbone or words are prepared."""
    add = add_data(parser, backbone="TRAILERS_BACKBONE, else inception_v3").add_argument
    add(
        "--word-vectors", type=Path, metavar="FILE", help="initial vectors of the head lstm: a word, its numbers a line"
    )
    add("--fine-tune", type=positive, metavar="N", help="train the top N blocks of the backbone first; for GPUs")
    add("--fine-tune-epochs", type=positive, default=10, metavar="N", help="for at most N epochs (10)")


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
                "--fine-tune needs --posters, and no --plot-column; use the weights it makes with --backbone-weights",
            ),
        )
    )


def name_of(arguments: argparse.Namespace) -> str:
    """Return the default name of a model that learns from this."""
    return "+".join(f"{name}s" for name in modalities(arguments))


def learns_from_frames(arguments: argparse.Namespace) -> bool:
    """Return whether heads for frames have something to learn from: pictures, or sentences as vectors."""
    return modalities(arguments) != ("plot",) or bool(arguments.plot_encoder)


def learns_from_words(arguments: argparse.Namespace) -> bool:
    """Return whether heads for words have something to learn from."""
    return "plot" in modalities(arguments) and not arguments.plot_encoder


def read_training_source(
    arguments: argparse.Namespace, runtime: "Runtime", request: "TrainingRequest", listener: "LearningListener"
) -> "TrainingSource":
    """Return the rows that the arguments name, and how to train on them; raises what reading them does."""
    from worker.learning.training import TrainingSource

    if modalities(arguments) == ("poster",):
        from worker.learning.poster_training import read_training_posters

        table, backbone_request = poster_table(arguments), _backbone_request(arguments, runtime.settings)
        return read_training_posters(runtime, table, backbone_request, request, listener=listener)

    def backbone() -> "Backbone":
        from worker.predicting.poster_backbones import open_backbone, poster_weights, training_backbone

        name = training_backbone(runtime.settings, arguments.backbone)
        return open_backbone(runtime, poster_weights(runtime, name, arguments.backbone_weights))

    data, description = read_data(
        arguments, runtime, features_id=arguments.features_id, backbone=backbone, listener=listener
    )
    if arguments.word_vectors is not None:
        request = replace(request, neural=_with_vectors(arguments.word_vectors, request.neural, data, listener))
    return TrainingSource(data, description, request)


def _with_vectors(
    file: Path, options: "NeuralOptions", data: "Dataset | Films", listener: "LearningListener"
) -> "NeuralOptions":
    from classifier.data.films import Films
    from worker.learning.word_vectors import read_word_vectors

    plots = data.branch("plot") if isinstance(data, Films) else data
    return replace(options, word_vectors=read_word_vectors(file, plots.X.values, say=listener.say))


def _backbone_request(arguments: argparse.Namespace, settings: "Settings") -> "BackboneRequest":
    from extractor.networks.fine_tuning import FineTuning
    from worker.learning.poster_training import BackboneRequest
    from worker.predicting.poster_backbones import training_backbone

    tuning = FineTuning(blocks=arguments.fine_tune or 1, epochs=arguments.fine_tune_epochs, seed=arguments.seed)
    name = training_backbone(settings, arguments.backbone)
    return BackboneRequest(name, arguments.backbone_weights, tuning if arguments.fine_tune else None)

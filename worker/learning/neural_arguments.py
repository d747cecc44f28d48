"""Arguments of neural heads: the hyperparameters that `trailers train` takes, and the options they make."""

import argparse
from dataclasses import replace

from classifier.heads.options import USUAL, Loss, NeuralOptions
from worker.arguments import positive, whole_number


def add_neural(parser: argparse.ArgumentParser) -> None:
    """Add the hyperparameters; those that are not given are the usual ones."""
    add = parser.add_argument_group("neural heads (kept in the model)").add_argument
    add("--loss", default="bce", choices=("bce", "asymmetric"), help="what they make small (bce)")
    add("--epochs", type=positive, metavar="N", help=f"the most epochs ({USUAL.epochs})")
    add("--hidden", type=positive, metavar="N", help=f"their width, a multiple of 4 ({USUAL.hidden})")
    add("--learning-rate", type=float, metavar="RATE", help=f"how far a step goes ({USUAL.learning_rate})")
    add("--dropout", type=float, metavar="SHARE", help=f"the share of units hidden in training ({USUAL.dropout})")
    add("--batch", type=positive, metavar="N", help=f"rows in a step ({USUAL.batch})")
    crop = f"the longest stretch of a trailer in training, in frames; 0 for all ({USUAL.crop})"
    add("--crop", type=whole_number(0, 4000), metavar="N", help=crop)


def neural_options(arguments: argparse.Namespace) -> NeuralOptions:
    """Return the options that were given; raises BadTrainingData for a value out of bounds."""
    names = ("epochs", "hidden", "learning_rate", "dropout", "batch", "crop")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    return replace(USUAL, loss=Loss[arguments.loss.upper()], **given)

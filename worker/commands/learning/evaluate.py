"""Evaluate a model on labelled trailers, posters or plots it has never seen

Reads trailers from the database or from a file that `trailers features export` wrote, posters and plots from a table
as `trailers train` does. Each prediction uses what the row has and the model has learnt from: a model of posters
treats each second of a trailer as a poster, as `trailers analyze` does. Films the model was trained or calibrated on,
and others of their franchises, are left out and counted; in a table --group-column says which they are. Prints every
figure beside the trivial baselines, with 95 % intervals by bootstrap over films. --against compares with another
model, over the genres that both predict. The last line says what came out.

examples:
  trailers evaluate                                  the active model, on the labelled trailers of the database
  trailers evaluate --with poster --with plot        with their posters and plots as well
  trailers evaluate 3f9a --features films.npz        another one, on a file
  trailers evaluate 3f9a --against 77c0 --json
  trailers evaluate --posters posters.zip --labels films.csv --file-column poster --genres-column genres \\
      --group-column collection --group-column title
  trailers evaluate --posters posters.zip --labels films.csv --file-column poster --plot-column plot \\
      --group-column title                           with poster and plot, or whichever there is
  trailers evaluate --labels films.csv --plot-column plot --group-column title
"""

import argparse

from worker.commands.output import print_json, say
from worker.learning.data_arguments import add_data, check_data
from worker.learning.evaluation import evaluate_models
from worker.learning.listener import LearningListener
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("model", metavar="MODEL", nargs="?", help="a model_id, its first letters, or a name (the active one)")
    add("--against", metavar="MODEL", help="compare with another model, on rows that neither has seen")
    add_data(parser, backbone="the model's")
    add("--json", action="store_true", help="print all figures as one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Evaluate and print."""
    check_data(arguments)
    with Runtime(settings) as runtime, show_progress("evaluating") as progress:
        evaluation = evaluate_models(runtime, arguments, LearningListener(say, progress))
    for line in evaluation.notes:
        say(line)
    if arguments.json:
        print_json(evaluation.document)
    else:
        print(evaluation.text)
    return 0

"""Judge a model on labelled trailers it has never seen

Reads features from the database or from a file that `trailers features export` wrote. Films the model was trained
or calibrated on, and others of their franchises, are left out and counted. Prints every figure beside the trivial
baselines, with 95 % intervals by bootstrap over films. --against asks whether another model is surely better.

examples:
  trailers evaluate                                  the model in use, on the labelled trailers of the database
  trailers evaluate 3f9a --features films.npz        another one, on a file
  trailers evaluate 3f9a --against 77c0 --json
"""

import argparse
import sys
from pathlib import Path

from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("model", metavar="MODEL", nargs="?", help="a model_id, its first letters, or a name (the one in use)")
    add("--against", metavar="MODEL", help="compare with another model on rows that neither has seen")
    add("--features", type=Path, metavar="FILE", help="what `trailers features export` wrote (the database)")
    add("--features-id", metavar="ID", help="which features of the database (the model's)")
    add("--json", action="store_true", help="print all figures as one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Judge and print."""
    from worker.evaluating import evaluate_models
    from worker.progress import show_progress
    from worker.runtime import Runtime

    with Runtime(settings) as runtime, show_progress("evaluating") as progress:
        verdict = evaluate_models(
            runtime,
            (arguments.model, arguments.against) if arguments.against else (arguments.model,),
            file=arguments.features,
            features_id=arguments.features_id,
            progress=progress,
        )
    for line in verdict.notes:
        print(line, file=sys.stderr)
    if arguments.json:
        from worker.documents import to_json

        print(to_json(verdict.document))
    else:
        print(verdict.text)
    return 0

"""Predict the genres of plots, and name the words behind each

TEXT is a plot, FILE a text file that holds one, - reads one plot per line from stdin. The model that ships with
Trailers has learnt from English plots; train your own with trailers train --plot-column.

examples:
  trailers plot "A young couple moves into a house that is haunted by the ghost of a murdered girl."
  trailers plot synopsis.txt --top 5
  trailers plot synopsis.txt --plot-encoder all-MiniLM-L6-v2     with a model that was trained with this encoder
  trailers plot --json - < plots.txt > genres.jsonl
"""

import argparse
from collections.abc import Iterator, Sequence

from worker.arguments import positive, read_sources
from worker.commands.output import print_outcomes
from worker.predicting.plots import predict_plots
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("plots", nargs="+", metavar="TEXT|FILE|-", help="a plot, a file with one, or - for stdin")
    add("--top", type=positive, default=3, metavar="N", help="how many genres to print (3)")
    add("--plot-encoder", metavar="NAME", help="the sentence encoder that the model was trained with (words)")
    add("--json", action="store_true", help="print one JSON line for each plot")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Predict for every plot; return 0, 3 when some failed, or the error's exit code when all did."""
    with Runtime(settings) as runtime:
        outcomes = predict_plots(runtime, _plots(arguments.plots), encoder=arguments.plot_encoder)
        return print_outcomes(outcomes, arguments)


def _plots(arguments: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each argument, which may be a file's name, and for a - each line of stdin, which may not."""
    for argument in arguments:
        yield from ((plot, argument != "-") for plot in read_sources([argument]))

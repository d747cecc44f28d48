"""Say which genres plots tell of, and by which words

TEXT is a plot, FILE a text file that holds one, - one plot a line on stdin. The model that ships with Trailers has
learnt from English plots; train one of your own with trailers train --plot-column.

examples:
  trailers plot "A young couple moves into a house that is haunted by the ghost of a murdered girl."
  trailers plot synopsis.txt --top 5
  trailers plot synopsis.txt --plot-encoder all-MiniLM-L6-v2     by a model that was trained with this encoder
  trailers plot --json - < plots.txt > genres.jsonl
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from worker.arguments import positive, read_sources
from worker.errors import exit_status

if TYPE_CHECKING:
    from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("plots", nargs="+", metavar="TEXT|FILE|-", help="a plot, a file with one, or - for stdin")
    parser.add_argument("--top", type=positive, default=3, metavar="N", help="how many genres to print (3)")
    parser.add_argument(
        "--plot-encoder", metavar="NAME", help="the sentence encoder that the model has learnt from (words)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line for each plot")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Judge every plot; return 0, 3 when some failed, or the error's exit code when all did."""
    from db.queue.job_records import JobError
    from worker.commands.single import print_outcomes
    from worker.predicting.plots import predict_plots
    from worker.runtime import Runtime

    codes: list[str] = []
    n_done = 0
    with Runtime(settings) as runtime:
        for judged in predict_plots(runtime, _plots(arguments.plots), encoder=arguments.plot_encoder):
            n_done += 1
            if isinstance(judged.outcome, JobError):
                codes.append(judged.outcome.code)
            print_outcomes(judged, top=arguments.top, as_json=arguments.json)
    if not n_done:
        print("trailers: nothing to judge: stdin had no lines", file=sys.stderr)
        return 2
    return exit_status(codes, n_all=n_done)


def _plots(arguments: "Sequence[str]") -> "Iterator[tuple[str, bool]]":
    """Yield each argument, which may be a file's name, and for a - each line of stdin, which is none."""
    for argument in arguments:
        yield from ((plot, argument != "-") for plot in read_sources([argument]))

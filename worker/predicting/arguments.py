"""Arguments that give an identity, a poster and a plot with a source, and the inputs read from them."""

import argparse
import sys
from pathlib import Path

from db.identity import check_metadata
from db.queue.job_records import Inputs
from worker.arguments import IDENTITY, add_identity_arguments, add_words_arguments, key_and_value
from worker.predicting.inputs import find_plot, keep_poster, read_plot_lines
from worker.runtime import Runtime


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --poster, --plot, those about the words of pages, and those of an identity."""
    parser.add_argument("--poster", metavar="FILE", help="the film's poster, a JPEG, PNG, WebP or AVIF picture")
    parser.add_argument("--plot", metavar="TEXT|FILE|-", help="its plot, a file that holds it, or - for stdin")
    add_words_arguments(parser)
    add_identity_arguments(parser)
    parser.add_argument(
        "--metadata",
        action="append",
        default=[],
        type=key_and_value,
        metavar="KEY=VALUE",
        help="keep this with the trailer, too; may be given several times",
    )


def find_conflict(arguments: argparse.Namespace) -> str | None:
    """Return a sentence on why these arguments can't go together, None if they can."""
    if all(getattr(arguments, name) in (None, []) for name in ("poster", "plot", *IDENTITY, "metadata")):
        return None
    if len(arguments.sources) > 1 or "-" in arguments.sources:
        return "--poster, --plot, --id, ... belong to one film: name one source, or give a list to trailers batch"
    try:
        check_metadata(dict(arguments.metadata))
    except ValueError as exc:
        return str(exc)
    return None


def read_inputs(runtime: Runtime, arguments: argparse.Namespace) -> Inputs:
    """Return the inputs of the arguments, the picture stored; raises BadPlot, BadPoster, or WorkerError (bad_plot)."""
    poster, plot = arguments.poster, arguments.plot
    if plot == "-":
        plot = read_plot_lines(sys.stdin)
    elif plot is not None:
        plot = find_plot(plot)
    return Inputs(
        plot=plot,
        poster=None if poster is None else str(Path(poster).absolute()),
        poster_sha256=None if poster is None else keep_poster(runtime.store, poster),
        plot_from_description=arguments.plot_from_description,
        frames_only=arguments.frames_only,
        external_ids=(arguments.external_id,) if arguments.external_id else (),
        title=arguments.title,
        year=arguments.year,
        imdb_id=arguments.imdb_id,
        film=arguments.film,
        franchise=arguments.franchise,
        metadata=dict(arguments.metadata),
    )

"""Predict the genres of trailers, here and now

SOURCE is a video file, a YouTube link or id, or - to read one source per line from stdin. A poster and a plot are used
together with the trailer if a model has learnt from them; they are stored with it for the next time. So are the film's
title, yours or that of the link's page, and the page's description where there is no plot; TRAILERS_WORDS=off leaves
them out. What was looked at is told, with what each part says alone. Your own ids, the title and the year are stored,
too, and are in every result. For many films, write a list: trailers batch.

examples:
  trailers analyze clip.mp4
  trailers analyze https://youtu.be/eRsGyueVLvQ --top 5
  printf 'a.mp4\\nb.mp4\\n' | trailers analyze - --json > genres.jsonl
  trailers analyze clip.mp4 --poster poster.jpg --plot "A haunted house and its ghost."
  trailers analyze https://youtu.be/eRsGyueVLvQ --plot synopsis.txt
  trailers analyze https://youtu.be/eRsGyueVLvQ --frames-only          no title, description, plot or poster
  trailers analyze WB-0001_trailer.mp4 --id WB-0001 --title "Heat" --year 1995 --metadata territory=DE
  trailers analyze clip.mp4 --force               decode again even if its features are stored
"""

import argparse
import os

from worker.arguments import positive, read_sources
from worker.commands.output import print_error, print_json
from worker.documents import analysis_document
from worker.errors import describe, exit_status
from worker.predicting.analysis import analyze
from worker.predicting.arguments import add_input_arguments, find_conflict, read_inputs
from worker.predicting.report import console, print_trailer
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.settings import Settings
from worker.terminal import warn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="a file, a link, or - for lines on stdin")
    add_input_arguments(parser)
    parser.add_argument("--top", type=positive, default=3, metavar="N", help="how many genres to print (3)")
    parser.add_argument("--force", action="store_true", help="decode again, even if the features are stored")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each source")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Analyse every source; return 0, 3 when some failed, or the error's exit code when all did."""
    if reason := find_conflict(arguments):
        warn(reason)
        return 2
    told: set[str] = set()
    with Runtime(settings) as runtime:
        codes = [_analyze_one(runtime, source, arguments, told) for source in read_sources(arguments.sources)]
    if not codes:
        warn("nothing to analyse: stdin had no lines")
        return 2
    return exit_status([code for code in codes if code is not None], n_all=len(codes))


def _analyze_one(runtime: Runtime, source: str, arguments: argparse.Namespace, told: set[str]) -> str | None:
    """Print the analysis of a source, or why it failed; return its error code, if any."""
    try:
        inputs = read_inputs(runtime, arguments)
        with show_progress(os.path.basename(source) or source) as progress:  # noqa: PTH119 - a link is not a path
            analysis = analyze(runtime, source, inputs=inputs, force=arguments.force, progress=progress)
    except Exception as exc:
        if os.environ.get("TRAILERS_DEBUG"):
            raise
        error = describe(exc)
        print_error(source, error, as_json=arguments.json)
        return error.code
    if arguments.json:
        print_json(analysis_document(source, analysis))
        return None
    print_trailer(analysis.trailer, analysis.prediction, n_frames=analysis.n_frames, top=arguments.top, told=told)
    took = "from the database" if analysis.cached else "decoded and predicted"
    console().print(
        f"Stored in {runtime.store.where}; {took} in {analysis.seconds.total:.1f} s.\n"
        f"To see it again: trailers show {analysis.trailer.trailer_id}\n"
    )
    return None

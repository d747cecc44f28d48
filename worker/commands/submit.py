"""Put trailers into the queue without waiting for them

Workers (`trailers up`, `trailers worker`) do the work; the result is in the database. A trailer that is already queued
or done keeps its job; one that failed or was cancelled is run again; --force makes a new job. A new poster, plot or
title leads to a new prediction by a model that has learnt from such, without the video. An id, a title, ... of a
trailer that is stored already are changed.

examples:
  trailers submit https://youtu.be/eRsGyueVLvQ
  trailers submit clip.mp4 --priority 10 && trailers jobs wait
  trailers submit clip.mp4 --poster poster.jpg --plot synopsis.txt
  trailers submit https://youtu.be/eRsGyueVLvQ --frames-only      no title, description, plot or poster
  trailers submit clip.mp4 --id WB-0001 --title "Heat" --year 1995 --film F-17
  trailers submit - --json < links.txt            one JSON line for each source
"""

import argparse
import secrets

from db.queue.job_records import Job, JobError
from extractor.errors import BadPlot, BadPoster
from worker.arguments import MAX_PRIORITY, priority, read_sources
from worker.commands.output import print_error, print_json, warn_about_queue
from worker.documents import job_document
from worker.errors import WorkerError, describe, exit_status
from worker.jobs.bells import bell_of
from worker.jobs.submission import JobRequest, submit
from worker.predicting.arguments import add_input_arguments, find_conflict, read_inputs
from worker.runtime import Runtime
from worker.settings import Settings
from worker.terminal import warn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="a file, a link, or - for lines on stdin")
    add_input_arguments(parser)
    parser.add_argument(
        "--priority", type=priority, default=0, metavar="N", help=f"up to {MAX_PRIORITY}; higher goes first (0)"
    )
    parser.add_argument("--force", action="store_true", help="do the work again, even if the result is stored")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each source")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Submit every source; return 0, 3 when some could not be, or the error's exit code when none could."""
    if reason := find_conflict(arguments):
        warn(reason)
        return 2
    sources = list(read_sources(arguments.sources))
    if not sources:
        warn("nothing to submit: stdin had no lines")
        return 2
    force_token = secrets.token_hex(8) if arguments.force else None
    with Runtime(settings) as runtime:
        try:
            inputs = read_inputs(runtime, arguments)
        except (BadPlot, BadPoster, WorkerError) as exc:
            _print(sources[0], error := describe(exc), as_json=arguments.json)
            return exit_status([error.code], n_all=1)
        requests = [
            JobRequest(source, priority=arguments.priority, force_token=force_token, inputs=inputs, again=True)
            for source in sources
        ]
        submitted = submit(runtime, requests, bell_of(settings))
        for source, result in zip(sources, submitted.results, strict=True):
            _print(source, result, as_json=arguments.json)
        waiting = any(not job.finished for job in submitted.jobs)
        warn_about_queue(runtime, waiting=waiting, heard=submitted.heard)
    return exit_status(submitted.codes, n_all=len(sources))


def _print(source: str, result: Job | JobError, *, as_json: bool) -> None:
    if isinstance(result, JobError):
        if as_json:
            print_error(source, result, as_json=True)
        print_error(source, result, as_json=False)
    elif as_json:
        print_json({"source": source, **job_document(result)})
    else:
        why = result.history[-1].message if result.stage == "queued" and result.history else None
        print(f"{result.job_id}  {result.stage:<11}  {result.trailer_id}{f'  {why}' if why else ''}")

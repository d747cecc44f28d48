"""Outcomes of single posters and plots, printed for `trailers poster` and `trailers plot`; no command itself."""

import argparse
from collections.abc import Callable, Iterable

from db.queue.job_records import JobError
from worker.commands.output import print_error, print_json, say
from worker.documents import single_document
from worker.errors import exit_status
from worker.predicting.report import print_single
from worker.predicting.single import SingleOutcome


def print_outcomes(
    outcomes: Iterable[SingleOutcome],
    arguments: argparse.Namespace,
    *,
    on_count: Callable[[int, int], None] = lambda done, failed: None,
) -> int:
    """Print each outcome; return 0, 3 when some failed, or the error's exit code when all did."""
    codes: list[str] = []
    n_done = 0
    for n_done, outcome in enumerate(outcomes, start=1):
        if isinstance(outcome.outcome, JobError):
            codes.append(outcome.outcome.code)
        on_count(n_done, len(codes))
        _print(outcome, top=arguments.top, as_json=arguments.json)
    if not n_done:
        say("trailers: nothing to predict: stdin had no lines")
        return 2
    return exit_status(codes, n_all=n_done)


def _print(outcome: SingleOutcome, *, top: int, as_json: bool) -> None:
    prediction = outcome.outcome
    if isinstance(prediction, JobError):
        print_error(outcome.source, prediction, as_json=as_json)
    elif as_json:
        print_json(single_document(outcome.source, prediction))
    else:
        print_single(outcome.source, prediction, top=top)

"""Output that commands share: JSON lines, messages on stderr, and the top genres of a row; no command itself."""

import argparse
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice

from classifier.prediction import GenrePrediction
from db.queue.job_records import JobError
from worker.cells import show_text
from worker.documents import error_document, single_document, to_json
from worker.errors import exit_status
from worker.predicting.report import print_single
from worker.runtime import Runtime
from worker.service.supervisor import ALIVE_S
from worker.terminal import BAD, warn

SHOWN_ROWS = 10  # of a list's that can't be used


def say(text: str) -> None:
    """Print a line on stderr; strangers' names and words in it can't steer the terminal."""
    print(show_text(text), file=sys.stderr, flush=True)


def tell(text: str) -> None:
    """Print a line on stdout; strangers' names and words in it can't steer the terminal."""
    print(show_text(text), flush=True)


def print_json(document: object) -> None:
    """Print one line of JSON on stdout."""
    print(to_json(document), flush=True)


def print_error(source: str, error: JobError, *, as_json: bool) -> None:
    """Print why a source failed: a line of JSON on stdout, or a message on stderr."""
    if as_json:
        print_json(error_document(source, error))
    else:
        warn(f"{error.code}: {error.message}", colour=BAD)


def say_bad_rows(name: str, errors: Mapping[int, JobError]) -> None:
    """Say what is wrong with the first rows of a list that can't be used, by their numbers."""
    for row, error in islice(errors.items(), SHOWN_ROWS):
        say(f"{name}, row {row}: {error.code}: {error.message}")


def print_outcomes(
    outcomes: Iterable[tuple[str, GenrePrediction | JobError]],
    arguments: argparse.Namespace,
    *,
    on_count: Callable[[int, int], None] = lambda done, failed: None,
) -> int:
    """Print each outcome of a poster or plot; return 0, 3 when some failed, or the error's exit code when all did."""
    codes: list[str] = []
    told: set[str] = set()
    n_done = 0
    for n_done, (source, outcome) in enumerate(outcomes, start=1):
        if isinstance(outcome, JobError):
            codes.append(outcome.code)
            print_error(source, outcome, as_json=arguments.json)
        elif arguments.json:
            print_json(single_document(source, outcome))
        else:
            print_single(source, outcome, top=arguments.top, told=told)
        on_count(n_done, len(codes))
    if not n_done:
        warn("nothing to predict: stdin had no lines")
        return 2
    return exit_status(codes, n_all=n_done)


def warn_about_queue(runtime: Runtime, *, waiting: bool, heard: bool) -> None:
    """Say why work that was put into the queue may not begin at once."""
    if not heard:
        warn("broker_unavailable: the jobs are stored and run once Redis is back")
    elif waiting and not runtime.store.workers.alive(within_s=ALIVE_S):
        warn("no worker is running; start one with: trailers up")


def top_genres(prediction: GenrePrediction | None, others: Collection[str] = ()) -> str:
    """Return the top three genres, and these `others`, with their scores, for a cell of a table."""
    if prediction is None:
        return "no prediction yet"
    shown = (score for score in prediction.genres if score.rank <= 3 or score.genre in others)
    return ", ".join(f"{score.genre} {score.score:.2f}" for score in shown)


def top_names(prediction: GenrePrediction | None) -> list[str]:
    """Return the names of the top three genres."""
    return [score.genre for score in prediction.top(3)] if prediction else []

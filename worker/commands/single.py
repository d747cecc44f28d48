"""What `trailers poster` and `trailers plot` print; no command itself."""

import sys

from db.queue.job_records import JobError
from worker.documents import error_document, single_document, to_json
from worker.predicting.single import SingleOutcome


def print_outcomes(judged: SingleOutcome, *, top: int, as_json: bool) -> None:
    """Print one of them, an error on stderr unless programs read."""
    outcome = judged.outcome
    if isinstance(outcome, JobError):
        if as_json:
            print(to_json(error_document(judged.source, outcome)), flush=True)
        else:
            print(f"trailers: {outcome.code}: {outcome.message}", file=sys.stderr)
    elif as_json:
        print(to_json(single_document(judged.source, outcome)), flush=True)
    else:
        from worker.predicting.report import print_single  # rich

        print_single(judged.source, outcome, top=top)

"""What `trailers poster` and `trailers plot` print; no command itself."""

import sys

from db.queue.job_records import JobError
from worker.documents import error_document, lone_document, to_json
from worker.predicting.single import JudgedAlone


def print_judged(judged: JudgedAlone, *, top: int, as_json: bool) -> None:
    """Print one of them, an error on stderr unless programs read."""
    outcome = judged.outcome
    if isinstance(outcome, JobError):
        if as_json:
            print(to_json(error_document(judged.source, outcome)), flush=True)
        else:
            print(f"trailers: {outcome.code}: {outcome.message}", file=sys.stderr)
    elif as_json:
        print(to_json(lone_document(judged.source, outcome)), flush=True)
    else:
        from worker.predicting.report import print_lone  # rich

        print_lone(judged.source, outcome, top=top)

"""List, show, wait for, cancel or retry the jobs in the queue

Finished jobs stay. Stages are queued, downloading, extracting, classifying, done, failed, cancelled, dead.

examples:
  trailers jobs list --stage failed,dead
  trailers jobs show 5b1d4c9a8a1c9d0e5b1d4c9a
  trailers jobs wait --batch 20261121-6f1c2a9b    exits with 3 when some failed
  trailers jobs results 20261121-6f1c2a9b --out genres.csv
  trailers jobs cancel --batch 20261121-6f1c2a9b
  trailers jobs retry --code bot_check            all jobs that failed with this code
  trailers jobs retry --code too_long --force     although they failed for good: its cause is mended
"""

import argparse
from pathlib import Path

from classifier.counts import count
from db.queue.batch_records import Batch
from db.queue.job_records import Job, Webhook
from db.queue.jobs import JobFilter
from worker.arguments import positive, stages
from worker.batches.results import deliver
from worker.batches.waiting import in_words, wait_for
from worker.commands.batch import describe
from worker.commands.output import print_json, say, tell, warn_about_queue
from worker.documents import job_document
from worker.errors import WorkerError, exit_status
from worker.exporting.tables import check_output
from worker.jobs.bells import bell_of
from worker.predicting.report import print_inputs, print_table
from worker.progress import show_count
from worker.runtime import Runtime
from worker.settings import Settings
from worker.sources import find_trailer_id
from worker.terminal import warn

ACTIONS = {
    "list": "list the jobs that changed last",
    "show": "show one job with its history and its webhooks",
    "wait": "wait until jobs are finished: these, those of a batch, or all",
    "results": "print the results of a batch so far, as CSV unless --json",
    "cancel": "cancel jobs; running ones stop within seconds",
    "retry": "queue failed, dead or cancelled jobs again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=summary)
        if name == "show":
            action.add_argument("ids", nargs=1, metavar="ID", help="a job's id")
        elif name == "results":
            action.add_argument("batch", metavar="BATCH", help="a batch's id")
            action.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .jsonl or .parquet file for them")
        else:
            action.add_argument("ids", nargs="*", metavar="ID", help="jobs' ids, or what names trailers")
            action.add_argument("--batch", metavar="BATCH", help="the jobs of a batch")
            action.add_argument("--code", metavar="CODE", help="the jobs that ended with this error code")
            action.add_argument("--stage", type=stages, metavar="STAGE[,STAGE]", help="the jobs in these stages")
        action.add_argument("--json", action="store_true", help="print JSON")
        if name == "list":
            action.add_argument("--limit", type=positive, default=50, metavar="N", help="at most this many (50)")
        elif name == "wait":
            action.add_argument("--timeout", type=positive, metavar="SECONDS", help="give up after this many seconds")
        elif name in ("cancel", "retry"):
            action.add_argument("--all", action="store_true", help="all jobs")
        if name == "retry":
            action.add_argument("--force", action="store_true", help="those that failed for good, too")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    acts = {"list": _list, "show": _show, "wait": _wait, "results": _results, "cancel": _change, "retry": _change}
    with Runtime(settings) as runtime:
        return acts[arguments.action](runtime, arguments)


def _filter(runtime: Runtime, arguments: argparse.Namespace) -> JobFilter:
    """Return the filter of the arguments; raises WorkerError (not_found) for an id that names no job or batch."""
    ids: list[str] = []
    for text in arguments.ids:
        named = [text] if runtime.store.jobs.get(text) else _jobs_of_trailer(runtime, text)
        if not named:
            raise WorkerError("not_found", f"there is no job {text!r}; trailers jobs list shows all")
        ids += named
    batch_id, code, stages = (getattr(arguments, name, None) for name in ("batch", "code", "stage"))
    if batch_id is not None:
        _find_batch(runtime, batch_id)
    return JobFilter(job_ids=tuple(ids) or None, batch_id=batch_id, code=code, stages=stages)


def _jobs_of_trailer(runtime: Runtime, text: str) -> list[str]:
    """Return the jobs of the trailer that a text names."""
    try:
        trailer_id = find_trailer_id(text, runtime.store, sites=runtime.settings.sites)
    except WorkerError as exc:
        raise WorkerError(exc.code, f"there is no job {text!r}, and {exc}") from exc
    return [job.job_id for job in runtime.store.jobs.list(JobFilter(trailer_id=trailer_id))]


def _find_batch(runtime: Runtime, batch_id: str) -> Batch:
    batch = runtime.store.batches.get(batch_id)
    if batch is None:
        raise WorkerError("not_found", f"there is no batch {batch_id!r}; trailers batch LIST --queue makes one")
    return batch


def _list(runtime: Runtime, arguments: argparse.Namespace) -> int:
    jobs = runtime.store.jobs.list(_filter(runtime, arguments), limit=arguments.limit)
    if arguments.json:
        for job in jobs:
            print_json(job_document(job))
    elif jobs:
        print_table(("job", "stage", "trailer", "tries", "changed", "message"), [_row(job) for job in jobs])
    else:
        say("no such jobs; trailers submit SOURCE makes one")
    return 0


def _row(job: Job) -> tuple[str, ...]:
    message = f"{job.error.code}: {job.error.message}" if job.error else _progress(job)
    return (job.job_id, job.stage, job.trailer_id, str(job.attempts), f"{job.updated_at:%m-%d %H:%M:%S}", message[:80])


def _progress(job: Job) -> str:
    if job.stage == "queued":
        return f"for {job.lane}"
    done, total = job.progress.get("done"), job.progress.get("total")
    if job.finished or not done:
        return f"{sum(job.seconds.values()):.1f} s" if job.finished else ""
    return f"{done:,} of {total:,}" if total else f"{done:,}"


def _show(runtime: Runtime, arguments: argparse.Namespace) -> int:
    job = runtime.store.jobs.list(_filter(runtime, arguments), limit=1)[0]
    if arguments.json:
        print_json(job_document(job))
        return 0
    tell(f"{job.job_id}  {job.stage}  {job.trailer_id}")
    tell(job.source)
    print_inputs(job.given)
    if job.error:
        tell(f"{job.error.code} ({job.error.error_class}): {job.error.message}")
    rows = [
        (f"{event.at:%Y-%m-%d %H:%M:%S}", event.stage, event.owner or "", event.code or "", event.message or "")
        for event in job.history
    ]
    print_table(("at (UTC)", "stage", "worker", "code", "message"), rows)
    if job.webhooks:
        print_table(("webhook", "state", "tries", "message"), [_webhook_row(webhook) for webhook in job.webhooks])
    return 0


def _webhook_row(webhook: Webhook) -> tuple[str, ...]:
    message = webhook.message or ""
    if webhook.delivered_at:
        message = f"answered {webhook.status} at {webhook.delivered_at:%Y-%m-%d %H:%M:%S}"
    elif webhook.not_before and webhook.attempts:
        message = f"{message}; again at {webhook.not_before:%Y-%m-%d %H:%M:%S}".removeprefix("; ")
    return (webhook.url, webhook.state, str(webhook.attempts), message)


def _wait(runtime: Runtime, arguments: argparse.Namespace) -> int:
    wanted = _filter(runtime, arguments)
    warn_about_queue(runtime, waiting="queued" in runtime.store.jobs.count(wanted), heard=True)
    with show_count("jobs") as on_count:
        over = wait_for(runtime, wanted, timeout_s=arguments.timeout, on_count=on_count)
    counts = runtime.store.jobs.count(wanted)
    if arguments.json:
        print_json(counts)
    else:
        say(in_words(counts) or "no such jobs")
    if not over:
        warn(f"still running after {arguments.timeout} s")
        return 1
    bad = sum(n for stage, n in counts.items() if stage != "done")
    return exit_status(["internal"] * bad, n_all=sum(counts.values()))


def _results(runtime: Runtime, arguments: argparse.Namespace) -> int:
    check_output(arguments.out)
    batch = _find_batch(runtime, arguments.batch)
    tally = deliver(runtime, batch, arguments.out, as_json=arguments.json)
    say(f"Batch {batch.batch_id}: {describe(tally)}")
    if batch.prepared_at is None:
        warn(f"only the first rows of {batch.n_rows:,} are in the queue; run the batch again")
    elif tally.n_unfinished:
        warn(f"{count(tally.n_unfinished, 'row is', 'rows are')} not finished; see the status")
    return exit_status(list(tally.codes.elements()), n_all=tally.n_rows)


def _change(runtime: Runtime, arguments: argparse.Namespace) -> int:
    wanted = _filter(runtime, arguments)
    if wanted == JobFilter() and not arguments.all:
        warn(f"say which jobs to {arguments.action}: ids, --batch, --code, --stage or --all")
        return 2
    if arguments.action == "retry":
        return _retry(runtime, wanted, arguments)
    n_jobs = runtime.store.jobs.cancel(wanted)
    if arguments.json:
        print_json({"action": "cancel", "jobs": n_jobs})
    else:
        say(f"{count(n_jobs, 'job')} cancelled or told to stop")
    return 0


def _retry(runtime: Runtime, wanted: JobFilter, arguments: argparse.Namespace) -> int:
    """Queue jobs again; those that failed for good only where they are named by their ids, or that is forced."""
    force = arguments.force or wanted.job_ids is not None
    causes = [] if force else runtime.store.jobs.causes(wanted)
    for_good = sum(cause.n - cause.retryable for cause in causes)
    n_jobs = runtime.store.jobs.retry(wanted, force=force)
    bell_of(runtime.settings).ring("download", times=n_jobs)  # the sweeper rings for the others
    if arguments.json:
        print_json({"action": "retry", "jobs": n_jobs, "for_good": for_good})
    else:
        say(f"{count(n_jobs, 'job')} queued again")
    if for_good:
        codes = ", ".join(
            f"{cause.code} {cause.n - cause.retryable:,}" for cause in causes if cause.n > cause.retryable
        )
        warn(
            f"{count(for_good, 'job')} failed for good ({codes}): trying again won't help; "
            "--force queues them all the same, once the cause is mended"
        )
    return 1 if for_good and not n_jobs else 0

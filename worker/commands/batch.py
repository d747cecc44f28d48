"""Predict the genres of all trailers in a list, with one result row for each row

LIST is a text file with one link or path per line, or a csv, jsonl, xlsx or ods file with columns such as url or path,
id, title, year, film_id, genres, plot and poster. Relative paths start at the list's folder. Genres may be words of
your house (`trailers taxonomy`), and may have a column each, of 1 and 0. --check shows how a list is understood. Your
ids, titles, years and metadata are stored with the trailers and are in every result.

The list is run here and now, in as many processes as this machine can take. After Ctrl-C or a crash, the same command
goes on where it stopped. Trailers that already have a prediction are answered from the database, unless their row
gives a poster or plot that it does not rest on: such a trailer gets a new prediction, without its video. --mode stale
also runs trailers predicted by another model, or from another poster, plot, title or description than is known now;
--mode all runs everything again. Titles, and descriptions of links' pages where there is no plot, are looked at where a
model has learnt from them, unless TRAILERS_WORDS=off or --frames-only says otherwise.

Genres of the list are kept as tags of the house, or of the vocabulary that --label-source names, beside those of other
sources and of reviews; of all these, reviews count first, then the house's.

examples:
  trailers batch films.xlsx --check               the first ten rows as understood, and every doubt; nothing is run
  trailers batch films.csv --columns source=Vorschau,title=2
  trailers batch films.csv --out genres.csv
  trailers batch slate.xlsx --metadata Territory,Rating     keeps two more columns; --metadata-rest keeps all others
  trailers batch links.txt --json | jq -r '[.id, .genre_1] | @tsv'
  trailers batch films.csv --label-source imdb    its genres are IMDb's, not your own
  trailers batch films.csv --mode stale --frames-only       no title, description, plot or poster is looked at
  trailers batch tmdb.csv --poster-base tmdb      column poster_path as TMDB has it; fetched from image.tmdb.org alone
  trailers batch films.csv --queue                prints the batch's id; trailers up (or worker) does the work
  trailers jobs wait --batch 20261121-6f1c2a9b && trailers jobs results 20261121-6f1c2a9b --out genres.csv
  trailers jobs retry --batch 20261121-6f1c2a9b   retry what failed; then the same command again, or trailers up
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.counts import count
from worker.arguments import LABEL_SOURCES, MAX_PRIORITY, add_words_arguments, priority
from worker.commands.list_check import check_list, read_columns
from worker.commands.output import print_json, say, warn_about_queue
from worker.errors import CLASSES, exit_status

if TYPE_CHECKING:
    from db.queue.batch_records import Batch
    from worker.batches.preparing import Prepared
    from worker.batches.results import Tally
    from worker.runtime import Runtime
    from worker.settings import Settings

PATIENCE_S = 900  # a database that goes away while the jobs run comes back


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add = parser.add_argument
    add("list", type=Path, metavar="LIST", help="a txt, csv, tsv, jsonl, xlsx or ods file")
    add(
        "--columns",
        type=read_columns,
        metavar="FIELD=NAME[,...]",
        help="the columns of source, id, title, genres, plot, ...: their headings, or their numbers from 1",
    )
    add(
        "--metadata",
        type=_column_names,
        default=(),
        metavar="COLUMN[,...]",
        help="keep these columns, which hold nothing else, as metadata of the trailers",
    )
    add("--metadata-rest", action="store_true", help="keep all columns that hold nothing else as metadata")
    add("--mode", choices=("missing", "stale", "all"), default="missing", help="which trailers to run (missing)")
    add(
        "--poster-base",
        type=_poster_base,
        metavar="URL",
        help="fetch TMDB's posters; tmdb: https://image.tmdb.org/t/p/w500",
    )
    add("--label-source", choices=LABEL_SOURCES, help="the vocabulary of the genres (house)")
    add_words_arguments(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--check", action="store_true", help="only show how the list is understood")
    where.add_argument("--queue", action="store_true", help="only put the list into the queue")
    where.add_argument("--out", type=Path, metavar="FILE", help="write the results to a .csv, .jsonl or .parquet file")
    add("--priority", type=priority, default=0, metavar="N", help=f"up to {MAX_PRIORITY}; higher goes first (0)")
    add("--json", action="store_true", help="print JSON lines; with --out, --queue or --check, one summary")


def _column_names(text: str) -> tuple[str, ...]:
    """Return the columns that are named, in order."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def _poster_base(text: str) -> str:
    from worker.tmdb import check_poster_base

    try:
        return check_poster_base(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Run a list; return 0, 3 when some of its rows failed, or the error's exit code when all did."""
    from worker.batches.preparing import is_finished
    from worker.exporting.tables import check_output
    from worker.runtime import Runtime

    if arguments.check:
        return check_list(arguments, settings)
    check_output(arguments.out, list_path=arguments.list)
    started = time.monotonic()
    with Runtime(settings, patience_s=PATIENCE_S) as runtime:
        prepared = _prepare(runtime, arguments)
        batch = prepared.batch
        if arguments.queue:
            return _say_queued(runtime, prepared, as_json=arguments.json)
        n_run = 0 if is_finished(runtime, batch) else _run_here(runtime, batch)
        return _finish(runtime, batch, arguments, n_run=n_run, seconds=time.monotonic() - started)


def _prepare(runtime: "Runtime", arguments: argparse.Namespace) -> "Prepared":
    from worker.batches.preparing import BatchRequest, prepare
    from worker.jobs.bells import bell_of
    from worker.lists.rows import MetadataColumns
    from worker.progress import show_count

    order = BatchRequest(
        arguments.list,
        arguments.mode,
        arguments.priority,
        arguments.label_source,
        plot_from_description=arguments.plot_from_description,
        frames_only=arguments.frames_only,
        columns=arguments.columns,
        kept=MetadataColumns(arguments.metadata, arguments.metadata_rest),
        poster_base=arguments.poster_base,
    )
    with show_count("rows") as on_count:
        prepared = prepare(runtime, order, bell_of(runtime.settings), on_count=on_count)
    for note in prepared.batch.notes:
        say(f"{arguments.list.name}: {note}")
    batch, counts = prepared.batch, runtime.store.batches.count_rows(prepared.batch.batch_id)
    n_open, n_bad = _n_jobs(runtime, batch, finished=False), sum(counts.errors.values())
    parts = {
        f"{count(n_open, 'trailer')} to run": n_open,
        f"{counts.answered:,} answered from the database": counts.answered,
        f"{n_bad:,} that can't be used{_list_codes(counts.errors)}": n_bad,
    }
    summary = ", ".join(part for part, n in parts.items() if n)
    say(f"Batch {batch.batch_id}{' goes on' if prepared.resumed else ''}: {count(batch.n_rows, 'row')}: {summary}")
    return prepared


def _run_here(runtime: "Runtime", batch: "Batch") -> int:
    """Run the jobs of the batch; return how many finished here."""
    from worker.progress import show_count
    from worker.service.batch_run import run_here

    n_before = _n_jobs(runtime, batch, finished=True)
    try:
        with show_count("trailers") as on_count:
            run_here(runtime, batch, say=say, on_count=on_count)
    except KeyboardInterrupt:
        n_run = _n_jobs(runtime, batch, finished=True) - n_before
        n_left = _n_jobs(runtime, batch, finished=False)
        say(
            f"Batch {batch.batch_id}: {count(n_run, 'trailer was', 'trailers were')} run, {n_left:,} left. The "
            f"same command goes on; trailers jobs results {batch.batch_id} shows the results so far; "
            f"trailers jobs cancel --batch {batch.batch_id} drops the rest."
        )
        raise
    return _n_jobs(runtime, batch, finished=True) - n_before


def _n_jobs(runtime: "Runtime", batch: "Batch", *, finished: bool) -> int:
    """Return how many jobs of the batch are finished, or are not."""
    from db.queue.job_records import FINISHED
    from db.queue.jobs import JobFilter

    counts = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id))
    return sum(n for stage, n in counts.items() if (stage in FINISHED) is finished)


def _say_queued(runtime: "Runtime", prepared: "Prepared", *, as_json: bool) -> int:
    batch = prepared.batch
    n_open = _n_jobs(runtime, batch, finished=False)
    counts = runtime.store.batches.count_rows(batch.batch_id)
    if as_json:
        document = {"batch_id": batch.batch_id, "rows": batch.n_rows, "to_run": n_open}
        print_json({**document, "answered": counts.answered, "errors": counts.errors})
    else:
        print(batch.batch_id)
    warn_about_queue(runtime, waiting=n_open > 0, heard=prepared.heard)
    say(f"Results, at any time: trailers jobs results {batch.batch_id} --out results.csv")
    return exit_status([code for code, n in counts.errors.items() for _ in range(n)], n_all=batch.n_rows)


def _finish(runtime: "Runtime", batch: "Batch", arguments: argparse.Namespace, *, n_run: int, seconds: float) -> int:
    """Write the results, sum them up, and return the exit code."""
    from worker.batches.results import deliver

    tally = deliver(runtime, batch, arguments.out, as_json=arguments.json)
    if arguments.json and arguments.out:
        summary = {"batch_id": batch.batch_id, "rows": tally.n_rows, "statuses": tally.statuses, "codes": tally.codes}
        print_json({**summary, "run": n_run, "seconds": round(seconds, 3), "out": str(arguments.out)})
    rate = f", {n_run / seconds * 3600:,.0f} an hour" if n_run else ""
    say(f"Batch {batch.batch_id}: {describe(tally)}; {count(n_run, 'trailer')} run; {seconds:.1f} s{rate}")
    if arguments.out:
        say(f"Results: {arguments.out}")
    if any(code == "cancelled" or CLASSES[code] != "permanent" for code in tally.codes):
        say(f"To retry what failed: trailers jobs retry --batch {batch.batch_id}, then the same command")
    elif tally.codes:
        say("What failed would fail again: give these rows other links or files, or correct what their errors name")
    return exit_status(list(tally.codes.elements()), n_all=tally.n_rows)


def describe(tally: "Tally") -> str:
    """Return how many rows there are of each status and error code, in words."""
    from worker.batches.waiting import in_words

    return f"{count(tally.n_rows, 'row')}: {in_words(tally.statuses)}{_list_codes(tally.codes)}"


def _list_codes(codes: Mapping[str, int]) -> str:
    """Return the error codes with their numbers, the most frequent first, in brackets."""
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    return f" ({', '.join(f'{n:,} {code}' for code, n in ranked)})" if ranked else ""

"""Back up, restore, check or prepare the feature database, or print where it is

`trailers db uri` prints a connection string. An embedded database stays up for a minute for a client to connect,
and then for as long as one is connected.

examples:
  trailers db backup trailers-2026-11-29.zip      while the service works; with the uploads that wait for their jobs
  trailers db restore trailers-2026-11-29.zip     into an empty database, the service stopped
  trailers db check                               exit code 1 where something is wrong, and what to do
  mongosh "$(trailers db uri)"
  python -c 'import pymongo, sys; print(pymongo.MongoClient(sys.argv[1]).trailers.features.find_one())' \\
      "$(trailers db uri)"
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from classifier.counts import count
from db.access import SCHEMA_VERSION
from db.embedded.share import keep_for
from worker.commands.output import print_json, tell
from worker.documents import fields_of
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.service.backups import check_database, restore_backup, write_backup
from worker.settings import Settings

CONNECT_WITHIN_S = 60
ACTIONS = {
    "uri": "print the connection string of the database in use",
    "init": "make the indexes and bring the data to this version, as every command does",
    "backup": "write a backup of everything to a file, while the service works or not",
    "restore": "put a backup in place of what is stored; stop the service before",
    "check": "look for what is damaged or left over; exit code 1 where there is something",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=summary)
        if name in ("backup", "restore"):
            action.add_argument("file", type=Path, metavar="FILE", help="the backup's file")
        if name == "restore":
            action.add_argument("--replace", action="store_true", help="delete what is stored, for the backup")
        if name != "uri":
            action.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    act: Mapping[str, Callable[[Runtime, argparse.Namespace], int]] = {
        "uri": _print_uri, "init": _init, "backup": _backup, "restore": _restore, "check": _check
    }  # fmt: skip
    with Runtime(settings, as_it_is=arguments.action in ("restore", "init")) as runtime:
        return act[arguments.action](runtime, arguments)


def _print_uri(runtime: Runtime, arguments: argparse.Namespace) -> int:
    uri = runtime.database_uri
    if runtime.settings.mongodb_uri is None:
        keep_for(runtime.settings.home, CONNECT_WITHIN_S)
    print(uri)
    return 0


def _init(runtime: Runtime, arguments: argparse.Namespace) -> int:
    where, was = runtime.store.where, runtime.store.bring_up_to_date()
    if arguments.json:
        print_json({"database": where, "was": was, "schema_version": SCHEMA_VERSION})
        return 0
    before = {None: "was empty", SCHEMA_VERSION: "was ready"}.get(was, f"was of version {was}")
    tell(f"{where} {before}; it has its indexes and is of version {SCHEMA_VERSION}")
    return 0


def _backup(runtime: Runtime, arguments: argparse.Namespace) -> int:
    with show_progress(arguments.file.name) as progress:
        manifest = write_backup(runtime, arguments.file, progress)
    n_bytes = arguments.file.stat().st_size
    if arguments.json:
        print_json(
            {
                "file": str(arguments.file),
                "bytes": n_bytes,
                "schema_version": manifest.schema_version,
                "counts": manifest.counts,
                "uploads": len(manifest.uploads),
            }
        )
    else:
        tell(f"{arguments.file}: {_in_words(manifest.counts, len(manifest.uploads))}; {n_bytes:,} bytes")
    return 0


def _restore(runtime: Runtime, arguments: argparse.Namespace) -> int:
    with show_progress(arguments.file.name) as progress:
        done = restore_backup(runtime, arguments.file, progress, replace=arguments.replace)
    if arguments.json:
        print_json(fields_of(done))
    else:
        tell(f"restored from {arguments.file}: {_in_words(done.counts, done.uploads)}")
        tell(f"{count(done.queued, 'job')} wait for workers: trailers up")
    return 0


def _check(runtime: Runtime, arguments: argparse.Namespace) -> int:
    counts, findings = runtime.store.backups.count(), check_database(runtime)
    if arguments.json:
        print_json({"schema_version": SCHEMA_VERSION, "counts": counts, "findings": list(map(fields_of, findings))})
    else:
        tell(f"{runtime.store.where}: version {SCHEMA_VERSION}; {_in_words(counts, None)}")
        for finding in findings:
            tell(f"{finding.n:,} {finding.what}, such as {finding.example}: {finding.advice}")
        if not findings:
            tell("nothing is wrong")
    return 1 if findings else 0


def _in_words(counts: Mapping[str, int], n_uploads: int | None) -> str:
    words = [f"{n:,} {name}" for name, n in counts.items()]
    return ", ".join(words if n_uploads is None else [*words, f"{n_uploads:,} uploads"]) or "nothing"

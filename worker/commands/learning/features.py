"""Export features with labels for training elsewhere, or list features made with other weights

examples:
  trailers features export trailers.npz                          features and labels; numpy alone reads it
  trailers features export trailers.parquet --limit 1000         one row a trailer, for tables
  trailers features export all.npz --features-id inception_v3-imagenet-1a2b3c4d-r2
  trailers features stale                                        trailers without features of the weights in use
"""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from classifier.counts import count
from classifier.data.dataset import Dataset
from classifier.data.files import check_dataset_path, save_dataset
from worker.arguments import positive
from worker.commands.output import print_json, say
from worker.errors import WorkerError
from worker.learning.datasets import choose_features_id, dataset_from_store
from worker.progress import show_count
from worker.runtime import UNKNOWN, Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, which, summary in (
        ("export", "the features to write (those in use, else the only ones)", "write features and labels to a file"),
        ("stale", "the features to look for (those in use)", "list trailers that only have features of other weights"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name == "export":
            action.add_argument("out", type=Path, metavar="OUT", help="a .npz or .parquet file")
            action.add_argument("--labelled", action="store_true", help="only trailers that have genres")
        action.add_argument("--features-id", metavar="ID", help=which)
        action.add_argument("--limit", type=positive, metavar="N", help="at most this many trailers")
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions."""
    with Runtime(settings) as runtime:
        return _export(runtime, arguments) if arguments.action == "export" else _stale(runtime, arguments)


def _export(runtime: Runtime, arguments: argparse.Namespace) -> int:
    check_dataset_path(arguments.out)
    features_id = choose_features_id(runtime.store, wanted=arguments.features_id, current=runtime.own_features_id())
    with show_count("trailers") as on_count:
        dataset = dataset_from_store(
            runtime.store,
            features_id,
            layer="effective" if arguments.labelled else None,
            limit=arguments.limit,
            on_count=on_count,
        )
    save_dataset(dataset, arguments.out)
    summary = _summary(dataset)
    if arguments.json:
        print_json({"out": str(arguments.out), **summary})
    else:
        print(arguments.out)
    say(
        f"{count(summary['trailers'], 'trailer')} ({summary['labelled']:,} labelled), "
        f"{count(summary['frames'], 'frame')}, {count(len(dataset.genres), 'genre')}, "
        f"{count(summary['groups'], 'film or franchise', 'films or franchises')}; features {features_id}"
    )
    return 0


def _summary(dataset: Dataset) -> dict[str, Any]:
    return {
        "features_id": dataset.features_id,
        "trailers": len(dataset),
        "labelled": int(dataset.known.any(axis=1).sum()),
        "frames": int(dataset.X.lengths.sum()),
        "genres": list(dataset.genres),
        "groups": len(set(dataset.groups)),
        "sha256": dataset.sha256,
    }


def _stale(runtime: Runtime, arguments: argparse.Namespace) -> int:
    current = arguments.features_id or runtime.known_features_id()
    if current == UNKNOWN:
        raise WorkerError("no_weights", "there are no weights here yet to compare with: give --features-id ID")
    n_stale = 0
    for trailer_id, ids in islice(runtime.store.features.stale(current), arguments.limit):
        n_stale += 1
        if arguments.json:
            print_json({"trailer_id": trailer_id, "features_ids": ids})
        else:
            print(trailer_id, *ids, sep="\t")
    say(f"{count(n_stale, 'trailer has', 'trailers have')} no features of {current}")
    if n_stale:
        say("To compute them: trailers batch LIST --mode stale, or trailers analyze SOURCE --force")
    return 0

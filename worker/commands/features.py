"""Export features with their labels for training elsewhere, or list those of other weights

examples:
  trailers features export trailers.npz                          features and labels; numpy alone reads it
  trailers features export trailers.parquet --limit 1000         one row a trailer, for tables
  trailers features export all.npz --features-id inception_v3-imagenet-1a2b3c4d-r1
  trailers features stale                                        whose features are not of the weights in use
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from worker.arguments import positive

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from worker.runtime import Runtime
    from worker.settings import Settings

Stale = Iterator[tuple[str, tuple[str, ...]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write features and labels to a file", description="Write a data set.")
    export.add_argument("out", type=Path, metavar="OUT", help="a .npz or .parquet file")
    export.add_argument("--features-id", metavar="ID", help="which features (those in use, else the only ones)")
    export.add_argument("--limit", type=positive, metavar="N", help="how many trailers at most")
    export.add_argument("--labelled", action="store_true", help="only trailers that have genres")
    export.add_argument("--json", action="store_true", help="print JSON")
    stale = actions.add_parser(
        "stale", help="trailers with features of other weights only", description="List what is to be computed anew."
    )
    stale.add_argument("--features-id", metavar="ID", help="compared with these (those in use)")
    stale.add_argument("--limit", type=positive, metavar="N", help="how many trailers at most")
    stale.add_argument("--json", action="store_true", help="print one JSON line for each")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Do one of the actions."""
    from worker.runtime import Runtime

    with Runtime(settings) as runtime:
        return _export(runtime, arguments) if arguments.action == "export" else _stale(runtime, arguments)


def _export(runtime: "Runtime", arguments: argparse.Namespace) -> int:
    from classifier.data.files import check_dataset_path, save_dataset
    from worker.documents import to_json
    from worker.learning.datasets import choose_features_id, dataset_from_store
    from worker.progress import show_count

    check_dataset_path(arguments.out)
    features_id = choose_features_id(runtime.store, wanted=arguments.features_id, current=runtime.own_features_id())
    with show_count("trailers") as on_count:
        dataset = dataset_from_store(
            runtime.store, features_id, labelled=arguments.labelled, limit=arguments.limit, on_count=on_count
        )
    save_dataset(dataset, arguments.out)
    summary = _summary(dataset)
    if arguments.json:
        print(to_json({"out": str(arguments.out), **summary}))
    else:
        print(arguments.out)
    print(
        f"{summary['trailers']:,} trailers ({summary['labelled']:,} labelled), {summary['frames']:,} frames, "
        f"{len(dataset.genres)} genres, {summary['groups']:,} films or franchises; features {features_id}",
        file=sys.stderr,
    )
    return 0


def _summary(dataset: "Dataset") -> dict[str, object]:
    return {
        "features_id": dataset.features_id,
        "trailers": len(dataset),
        "labelled": int(dataset.known.any(axis=1).sum()),
        "frames": int(dataset.X.lengths.sum()),
        "genres": list(dataset.genres),
        "groups": len(set(dataset.groups)),
        "sha256": dataset.sha256,
    }


def _stale(runtime: "Runtime", arguments: argparse.Namespace) -> int:
    from worker.documents import to_json
    from worker.errors import WorkerError
    from worker.runtime import UNKNOWN

    current = arguments.features_id or runtime.known_features_id()
    if current == UNKNOWN:
        raise WorkerError("no_weights", "no weights are here yet, so nothing is stale: say --features-id")
    n_stale = 0
    for trailer_id, ids in islice(runtime.store.features.stale(current), arguments.limit):
        n_stale += 1
        if arguments.json:
            print(to_json({"trailer_id": trailer_id, "features_ids": ids}))
        else:
            print(trailer_id, *ids, sep="\t")
    print(f"{n_stale:,} trailers have no features of {current}", file=sys.stderr)
    if n_stale:
        print("Compute them: trailers batch LIST --mode stale, or trailers analyze SOURCE --force", file=sys.stderr)
    return 0

"""Teach Trailers the words of your house: which of its genres each of them means

FILE is a csv table with the columns word and genres, or a JSON object of words and their genres: genres are separated
by |, and none, or "not a genre", says that a word is not a genre. A word may mean several genres, several words the
same one; the first word of a genre is the one it is shown by, unless another was written. A word of our own that the
taxonomy does not list keeps its meaning.

Each import is a new version, in use from then on; earlier ones stay. Words that are in no version are unknown: they are
told with counts, and kept as they are written.

examples:
  trailers taxonomy import words.csv              Krimi,Crime|Thriller  Kinderfilm,Family  Neuheit,not a genre
  trailers taxonomy check films.csv               what the words of a list mean, and which are unknown
  trailers taxonomy show
  trailers taxonomy export words.csv --version 1
"""

import argparse
import dataclasses
import sys
from collections import Counter
from pathlib import Path

from classifier.counts import count
from classifier.genres import ReadGenres
from classifier.taxonomy import Taxonomy
from db.labelling.taxonomies import TaxonomyRecord
from db.queue.job_records import JobError
from db.store import Store
from worker.arguments import positive
from worker.commands.output import print_json, say, say_bad_rows
from worker.errors import WorkerError, describe
from worker.importers.taxonomy_file import NOT_A_GENRE, read_taxonomy, write_taxonomy
from worker.lists.labels import Columns, read_labels
from worker.predicting.report import print_table
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("import", "store the taxonomy in a file as the next version, and use it"),
        ("show", "show the words of the taxonomy and what they mean"),
        ("check", "show what the words of a list mean, and which are unknown"),
        ("export", "write the taxonomy to a file, or as csv to stdout"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name == "import":
            action.add_argument("file", metavar="FILE", type=Path, help="a csv or JSON file")
        if name == "check":
            action.add_argument("list", metavar="LIST", type=Path, help="a csv, tsv or jsonl list with genres")
            action.add_argument("--genres-column", metavar="NAME", help="the column with genres (found by its name)")
        if name == "export":
            action.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a .csv or .json file")
        else:
            action.add_argument("--json", action="store_true", help="print one JSON object")
        if name in ("show", "export"):
            action.add_argument("--version", type=positive, metavar="N", help="an earlier version (the last)")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one of the actions; `check` returns 3 where a word is unknown or a row can't be read."""
    with Runtime(settings) as runtime:
        taxonomies = runtime.store.taxonomies
        if arguments.action == "import":
            record = taxonomies.add(read_taxonomy(arguments.file), name=arguments.file.name)
            _read_again(runtime.store, record.taxonomy)
            _say_version(record, as_json=arguments.json)
        elif arguments.action == "show":
            _show(taxonomies.get(arguments.version), as_json=arguments.json)
        elif arguments.action == "export":
            _export(taxonomies.get(arguments.version).taxonomy, arguments.file)
        else:
            return _check(arguments, taxonomies.current())
    return 0


def _read_again(store: Store, taxonomy: Taxonomy) -> None:
    """Have the tags that were read by an earlier version read again; the same import goes on where one was cut off."""
    n_done, n_all = 0, store.house_layers.count_older(taxonomy)
    with show_progress("taxonomy") as progress:
        report = progress.stage("reading tags again")
        for n_read in store.house_layers.read_again(taxonomy):
            n_done += n_read
            report(n_done, max(n_done, n_all))
    if n_done:
        say(f"the tags of {count(n_done, 'trailer is', 'trailers are')} read by it")


def _say_version(record: TaxonomyRecord, *, as_json: bool) -> None:
    n_genres, taxonomy = len(record.taxonomy.known), record.taxonomy
    n_words = len(taxonomy.words)
    if as_json:
        print_json({"version": record.version, "words": n_words, "genres": n_genres})
    else:
        print(
            f"version {record.version} of the taxonomy is in use: {count(n_words, 'word')}, {count(n_genres, 'genre')}"
        )


def _show(record: TaxonomyRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(record))
        return
    say(f"version {record.version}, of {record.created_at:%Y-%m-%d %H:%M} UTC, from {record.name}")
    print_table(("word", "genres"), [(each.word, ", ".join(each.genres) or NOT_A_GENRE) for each in record.words])


def _export(taxonomy: Taxonomy, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(write_taxonomy(taxonomy, ".csv"))
        return
    if path.suffix.lower() not in (".csv", ".json"):
        raise WorkerError("bad_source", f"{str(path)!r} is not a valid name for a taxonomy; it must end in .csv, .json")
    try:
        path.write_text(write_taxonomy(taxonomy, path.suffix), encoding="utf-8")
    except OSError as exc:
        raise WorkerError("bad_source", f"{str(path)!r} can't be written: {exc.strerror}") from exc
    say(f"{count(len(taxonomy.words), 'word')}: {path}")


def _check(arguments: argparse.Namespace, taxonomy: Taxonomy) -> int:
    found = read_labels(arguments.list, Columns(genres=arguments.genres_column), taxonomy)
    counts: Counter[str] = Counter()
    meanings: dict[str, ReadGenres] = {}
    errors: dict[int, JobError] = {}
    for row in found.rows:
        if row.problem:
            errors[row.row] = describe(WorkerError("bad_source", row.problem))
        for word, read in taxonomy.read_each(row.genres):
            counts[word] += 1
            meanings[word] = read
    unknown = [word for word, _ in counts.most_common() if meanings[word].unknown]
    for note in found.notes:
        say(f"{arguments.list.name}: {note}")
    say_bad_rows(arguments.list.name, errors)
    if arguments.json:
        words = [{"word": word, "rows": n, "genres": meanings[word].genres} for word, n in counts.most_common()]
        print_json({"version": taxonomy.version, "words": words, "unknown": unknown, "notes": found.notes})
    else:
        rows = [(word, f"{n:,}", _in_words(meanings[word])) for word, n in counts.most_common()]
        print_table(("word", "rows", "genres"), rows)
    bad = f", {count(len(errors), 'row')} that can't be read" if errors else ""
    used = (
        f"version {taxonomy.version} of the taxonomy"
        if taxonomy.version
        else "no taxonomy is stored; trailers taxonomy import FILE stores one"
    )
    say(f"{count(len(counts), 'word')}, {len(unknown):,} unknown{bad}; {used}")
    return 3 if unknown or errors else 0


def _in_words(read: ReadGenres) -> str:
    return "unknown" if read.unknown else ", ".join(read.genres) or NOT_A_GENRE

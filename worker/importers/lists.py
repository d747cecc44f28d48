"""Conversion of a published list to one for `trailers batch`: links checked, genres in IMDb's words, no repeats."""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from classifier.taxonomy import NO_TAXONOMY
from worker.cells import clean_text
from worker.errors import WorkerError, describe
from worker.importers.datasets import LISTS
from worker.importers.rows import PublishedRow, Warn
from worker.importers.tally import Tally
from worker.links import parse_link
from worker.lists.rows import MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class WantedRows:
    """The rows to read: the list's name, its path, the enabled sites, and the largest number of usable rows."""

    name: str
    path: Path
    sites: tuple[str, ...]
    limit: int | None = None


def convert(wanted: WantedRows, folder: Path, warn: Warn) -> tuple[Path, Tally]:
    """Return a list for `trailers batch` in `folder`, and the counts of its rows.

    It is named after its content: the same rows give the same file, so that the same import is the same batch.
    """
    tally = Tally()
    return write_lines(usable_rows(wanted, warn, tally), folder, wanted.name, ".jsonl"), tally


def write_lines(lines: Iterable[str], folder: Path, name: str, suffix: str) -> Path:
    """Return a file in `folder` with these lines, named after their digest; raises WorkerError (disk_full)."""
    part, digest = folder / f".{secrets.token_hex(6)}.part", hashlib.sha256()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                digest.update(line.encode())
                file.write(line)
        path = folder / f"{name}-{digest.hexdigest()[:16]}{suffix}"
        part.replace(path)
    except OSError as exc:
        raise WorkerError("disk_full", f"the list can't be written to {str(folder)!r}: {exc.strerror}") from exc
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def usable_rows(wanted: WantedRows, warn: Warn, tally: Tally) -> Iterator[str]:
    """Yield the usable rows as lines of JSON, counting them and the others in `tally`."""
    dataset, seen = LISTS[wanted.name], set[str]()
    for row in dataset.read(wanted.path, warn):
        if tally.used == wanted.limit:
            return
        tally.rows += 1
        if isinstance(row, str):
            tally.problems[row] += 1
            continue
        try:
            source = _source(row.source, wanted.sites)
        except WorkerError as exc:
            tally.problems[describe(exc).code] += 1
            continue
        if source in seen:
            tally.repeated += 1
            continue
        seen.add(source)
        tally.used += 1
        yield _line(row, source, dataset.vocabulary, tally)


def _source(text: str, sites: tuple[str, ...]) -> str:
    """Return the address rebuilt from a link's id, or an importer's own absolute path."""
    return text if text.startswith("/") else parse_link(text, sites=sites).url


def _line(row: PublishedRow, source: str, vocabulary: str, tally: Tally) -> str:
    tags = tally.read_tags(row.genres, vocabulary, NO_TAXONOMY)
    tally.labelled += bool(tags.named)
    title = clean_text(row.title)[: MAX_CHARACTERS["title"]] if row.title else None
    fields = {"imdb_id": row.imdb_id, "title": title, "genres": tags.genres, "split": row.split}
    return json.dumps({"url": source, **{name: value for name, value in fields.items() if value}}) + "\n"

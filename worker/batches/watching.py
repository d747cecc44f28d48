"""Watched folders: each video file below one is a row of a batch that grows, with what lists beside it say of it.

All that is known of a file is in its row, which is written after its job: whoever is killed and starts again repeats
nothing that was written, and what wasn't leads to the same job again.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate, islice, takewhile
from pathlib import Path

from db.embedded.locks import FileLock, try_lock
from db.queue.batch_records import Batch, BatchRow, NewBatch, WatchedFile
from db.queue.job_records import ALL_STAGES, FINISHED, JobError
from db.queue.jobs import AGAIN, JobFilter
from worker.batches.folders import LIST_SUFFIXES, Settling, Version, find_files, suffix_of, version_of
from worker.batches.preparing import BatchRequest, Preparation
from worker.batches.requests import RowRequest
from worker.batches.results import Tally, row_results
from worker.batches.rows import ResultRow
from worker.batches.sidecars import Sidecars
from worker.errors import WorkerError
from worker.jobs.bells import Bell
from worker.jobs.submission import identify, resolve
from worker.links import Link
from worker.runtime import Runtime
from worker.sources import LocalFile

AT_ONCE_BYTES = 2**29  # of files that are read in one look, so that the first of very many don't wait for the last
MAX_ASKED = 2000  # jobs looked at in one go
CHUNK = 500
_NOT_AGAIN = tuple(stage for stage in ALL_STAGES if stage not in AGAIN)

Files = Mapping[str, Version]


class WatchedFolder:
    """A folder whose files become jobs; `look` and `ended` may be repeated when the database was away.

    With `only_list` that list says what files are, not those below the folder. A file must stay as it is for `settle_s`
    seconds. `say` tells people what they can't see in results. Raises WorkerError where another process watches it.
    """

    def __init__(
        self,
        runtime: Runtime,
        folder: Path,
        bell: Bell,
        *,
        settle_s: float,
        say: Callable[[str], None],
        only_list: Path | None = None,
    ) -> None:
        if not folder.is_dir():
            raise WorkerError("file_not_found", f"there is no folder {str(folder)!r}; check the path")
        self.folder = folder.resolve()
        self._lock = _lock(runtime, self.folder)
        self._runtime, self._bell, self._say, self._list = runtime, bell, say, only_list
        self._sidecars, self._settling = Sidecars(runtime), Settling(settle_s)
        self.batch = _begin(runtime, self.folder)
        self._rows = {row.source: row for row in _read_rows(runtime, self.batch)}
        self._last = max((row.row for row in self._rows.values()), default=0)
        self._present: Files = {}
        self._unreadable: set[str] = set()
        self.heard, self.has_more = True, False
        self.n_waiting = 0

    def close(self) -> None:
        """Let another process watch the folder."""
        self._lock.close()

    def look(self) -> None:
        """Have a job for files that are new, have changed, or of which lists now say something else.

        Where there `has_more` of them than one look is for, the next should follow at once. Files that could not be
        read are tried again.
        """
        lists, videos = self._find()
        self._present = videos
        changed = {path: version for path, version in lists.items() if not self._sidecars.is_known(path, version)}
        new = {path: version for path, version in videos.items() if not self._is_known(path, version)}
        settled = self._settling.settled(changed | new)
        self._read_lists({path: changed[path] for path in settled if path in changed}, lists)
        todo = {path: new[path] for path in settled if path in new}
        if self._sidecars.knows_all(lists):
            todo |= {path: version for path, version in videos.items() if self._says_else(path, version)}
        portion = dict(islice(todo.items(), _n_at_once(todo)))
        self.has_more = len(portion) < len(todo)
        unread = {path: version for path, version in videos.items() if path not in todo and self._is_unread(path)}
        self._handle(portion | dict(islice(unread.items(), CHUNK)))
        lists_left = sum(not self._sidecars.is_known(*each) for each in changed.items())
        self.n_waiting = lists_left + sum(not self._is_known(*each) for each in new.items())

    def ended(self) -> list[ResultRow]:
        """Return the results of files that have ended and were not told yet, at most a chunk of them."""
        self._reopen()
        rows = [row for row in self._rows.values() if row.watched and row.watched.told is None]
        jobs = self._jobs((row.job_id for row in rows), FINISHED)
        ended = [row for row in rows if row.job_id is None or row.job_id in jobs][:CHUNK]
        results = row_results(self._runtime, self.batch, ended) if ended else []
        return [result for result in results if result.status in FINISHED]

    def told(self, results: Sequence[ResultRow]) -> None:
        """Record that these results were told."""
        self._mark({result.source: result.status for result in results})

    @property
    def n_open(self) -> int:
        """How many files have no result that was told."""
        return sum(row.watched is not None and row.watched.told is None for row in self._rows.values())

    @property
    def list_errors(self) -> list[JobError]:
        """What of the lists can't be used."""
        return self._sidecars.errors

    def tally(self) -> Tally:
        """Return the counts of the files that are there now."""
        tally, rows = Tally(), [row for path, row in self._rows.items() if path in self._present]
        for start in range(0, len(rows), CHUNK):
            for _ in tally.count(row_results(self._runtime, self.batch, rows[start : start + CHUNK])):
                pass
        return tally

    def _find(self) -> tuple[Files, Files]:
        """Return the lists and the videos that are there."""
        found = find_files(str(self.folder), self._say_unreadable)
        lists = {path: version for path, version in found.items() if suffix_of(path) in LIST_SUFFIXES}
        videos = {path: version for path, version in found.items() if path not in lists}
        if self._list is not None:
            path = str(self._list.absolute())
            lists = {path: version} if (version := version_of(path)) else {}
        return lists, videos

    def _say_unreadable(self, exc: OSError) -> None:
        if exc.filename not in self._unreadable:
            self._unreadable.add(exc.filename)
            self._say(f"{exc.filename!r} can't be watched: {exc.strerror}")

    def _is_known(self, path: str, version: Version) -> bool:
        row = self._rows.get(path)
        return row is not None and _version(row) == version

    def _is_unread(self, path: str) -> bool:
        """Tell whether a known file could not be read, whatever is in it, and perhaps can be now."""
        row = self._rows.get(path)
        error = row.error if row is not None else None
        is_content = error is None or (error.error_class == "permanent" and error.code != "file_not_found")
        return not is_content and os.access(path, os.R_OK)

    def _says_else(self, path: str, version: Version) -> bool:
        """Tell whether lists say something else of a known file than what was stored; a list that is gone says none."""
        row, given = self._rows.get(path), self._sidecars.digest(path)
        known = row.watched if row is not None and _version(row) == version else None
        return known is not None and given not in (None, known.given)

    def _read_lists(self, changed: Files, lists: Files) -> None:
        self._sidecars.forget_all_but(lists)
        for path, version in changed.items():
            for remark in self._sidecars.read(path, version):
                self._say(remark)
            if n := self._sidecars.n_absent(path, self._present):
                self._say(f"{Path(path).name}: {n:,} of the files that it names are not there yet")

    def _handle(self, files: Files) -> None:
        """Write the jobs and then the rows of these files."""
        if not files:
            return
        identity = identify(self._runtime)
        self.batch = replace(self.batch, features_id=identity.features_id, model_id=identity.model_id)
        moved = {
            row.watched.sha256: row
            for path, row in self._rows.items()
            if path not in self._present and row.watched and row.watched.sha256
        }
        read = (self._read(path, version, moved) for path, version in files.items())
        self._write([each for each in read if each is not None])

    def _read(self, path: str, version: Version, moved: dict[str, BatchRow]) -> "_ReadFile | None":
        """Return a file, read for its digest unless that is known, or None if it has changed meanwhile.

        It goes on in its own row, else in that of a file of the same content that has `moved`.
        """
        before = self._rows.get(path)
        source = self._resolve(path, version, before)
        if version_of(path) != version:
            return None
        if before is None and isinstance(source, LocalFile):
            before = moved.pop(source.sha256, None)
        if before is None:
            self._last += 1
        row, inputs, note = self._sidecars.inputs(path, before.row if before else self._last)
        return _ReadFile(RowRequest(row, source, inputs, note), version, self._sidecars.digest(path), before)

    def _resolve(self, path: str, version: Version, known: BatchRow | None) -> Link | LocalFile | JobError:
        if known and known.watched and known.watched.sha256 and _version(known) == version:
            return LocalFile(Path(path), known.watched.sha256)
        return resolve(self._runtime, path)

    def _write(self, files: Sequence["_ReadFile"]) -> None:
        preparation = Preparation(self._runtime, BatchRequest(self.folder), self._bell, self.batch)
        made = preparation.prepare_rows([file.request for file in files])
        rows = [replace(row, watched=file.watched(row)) for file, row in zip(files, made, strict=True)]
        self._runtime.store.batches.write(rows)
        self._runtime.store.batches.extend(
            self.batch.batch_id,
            n_rows=self._last,
            features_id=self.batch.features_id,
            model_id=self.batch.model_id,
        )
        for file, row in zip(files, rows, strict=True):
            if file.before is not None:
                self._rows.pop(file.before.source, None)
            self._rows[row.source] = row
        self.heard = self.heard and preparation.heard

    def _reopen(self) -> None:
        """Take back what was told of failed files whose jobs were queued again."""
        failed = {row.job_id: row for row in self._rows.values() if row.watched and row.watched.told in AGAIN}
        self._mark({failed[job_id].source: None for job_id in self._jobs(failed, _NOT_AGAIN)})

    def _jobs(self, job_ids: Iterable[str | None], stages: Sequence[str]) -> set[str]:
        """Return those of the jobs that are in these stages, of very many the first."""
        asked = tuple(islice(filter(None, job_ids), MAX_ASKED))
        if not asked:
            return set()
        return {job.job_id for job in self._runtime.store.jobs.list(JobFilter(asked, tuple(stages)), limit=CHUNK)}

    def _mark(self, statuses: Mapping[str, str | None]) -> None:
        rows = [
            replace(row, watched=replace(row.watched, told=status))
            for path, status in statuses.items()
            if (row := self._rows[path]).watched
        ]
        self._runtime.store.batches.write(rows)
        self._rows |= {row.source: row for row in rows}


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A file that was read, what lists say of it as a digest, and the row it goes on in, if there is one."""

    request: RowRequest
    version: Version
    given: str | None
    before: BatchRow | None

    def watched(self, row: BatchRow) -> WatchedFile:
        """Return what its row keeps of it; what was told of the same content in the same job stays told."""
        source = self.request.source
        digest = source.sha256 if isinstance(source, LocalFile) else None
        file = WatchedFile(self.version.n_bytes, self.version.mtime_ns, digest, self.given)
        if self.before is None or self.before.watched is None:
            return file
        same = digest == self.before.watched.sha256 if digest else _version(self.before) == self.version
        stays = same and row.job_id in (None, self.before.job_id)
        return replace(file, told=self.before.watched.told) if stays else file


def _lock(runtime: Runtime, folder: Path) -> FileLock:
    """Return the right to watch a folder, one process's at a time."""
    runtime.settings.home.mkdir(parents=True, exist_ok=True)
    lock = try_lock(runtime.settings.home / f"watch-{_digest(folder)[:16]}.lock")
    if lock is None:
        raise WorkerError("bad_source", f"another process watches {str(folder)!r} already; end that one first")
    return lock


def _digest(folder: Path) -> str:
    return sha256(b"watched " + os.fsencode(folder)).hexdigest()


def _begin(runtime: Runtime, folder: Path) -> Batch:
    """Return the batch of a folder, begun unless it is there."""
    identity, batches = identify(runtime), runtime.store.batches
    new = NewBatch(folder.name, str(folder), _digest(folder), "missing", 0, identity.features_id, identity.model_id)
    batch = batches.begin(new, number=1)
    batches.prepared(batch.batch_id)  # all the rows that there are
    return batch


def _read_rows(runtime: Runtime, batch: Batch) -> Iterator[BatchRow]:
    after = 0
    while rows := runtime.store.batches.rows(batch.batch_id, after=after, limit=CHUNK):
        yield from rows
        after = rows[-1].row


def _n_at_once(files: Files) -> int:
    """Return how many of these files, the first ones, are read in one look."""
    sizes = accumulate(version.n_bytes for version in files.values())
    return min(CHUNK, 1 + sum(1 for _ in takewhile(lambda n_bytes: n_bytes < AT_ONCE_BYTES, sizes)))


def _version(row: BatchRow) -> Version | None:
    return Version(row.watched.n_bytes, row.watched.mtime_ns) if row.watched else None

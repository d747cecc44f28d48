"""Row requests: the trailer that a list's row is about, and those of its labels, plot and poster that can be used."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from classifier.taxonomy import HOUSE, read_tags
from db.identity import to_line
from db.queue.job_records import Inputs, JobError
from extractor.errors import BadPlot, BadPoster, ExtractorError
from extractor.plots import read_plain_plot
from worker.errors import CLASSES, WorkerError, shown_as
from worker.jobs.roots import find_below, open_below
from worker.jobs.sent_files import SentFiles
from worker.jobs.submission import resolve, resolve_sent
from worker.links import Link
from worker.lists.reading import ListRow, absolute_source
from worker.lists.tags import with_note
from worker.predicting.inputs import keep_fetched_poster, keep_poster
from worker.runtime import Runtime
from worker.sources import LocalFile
from worker.tmdb import find_tmdb_path, poster_doubt

_Poster = tuple[str | None, str | None, str | None]  # its path, its sha256, and why it can't be used
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RowRequest:
    """A row with its source resolved, and its inputs; `note` says which of them can't be used, and why."""

    row: ListRow
    source: Link | LocalFile | JobError
    inputs: Inputs
    note: str | None

    @property
    def trailer_id(self) -> str | None:
        """The trailer it is about, None if its source can't be used."""
        return None if isinstance(self.source, JobError) else self.source.trailer_id


def read_row_requests(
    runtime: Runtime,
    rows: Iterable[ListRow],
    place: Path | SentFiles,
    *,
    after: int,
    common: Inputs,
    poster_base: str | None = None,
) -> Iterator[RowRequest]:
    """Yield a request for each row of a list after row number `after`; files are read for their digests.

    Relative paths start from the list's folder, its `place`. A list that came over HTTP has files that came with it
    instead; its paths name these, or files below TRAILERS_ROOTS, and a poster may be the sha256 of a stored one.
    `common` are the inputs that all rows share: the source of their genres, the words that these were chosen from, and
    whether descriptions may serve as plots. TMDB's names of posters are fetched from `poster_base`, where there is one.
    """
    taxonomy = runtime.store.taxonomies.current()
    for row in rows:
        if row.row > after:
            tags = read_tags(row.genres, common.label_source or HOUSE, taxonomy)
            yield _read_request(runtime, with_note(row, tags), place, common=common, poster_base=poster_base)


def merge_inputs(inputs: Inputs, later: Inputs) -> Inputs:
    """Return the inputs that two rows give for one trailer; where both have the same one, the later counts."""
    given = {each.name: value for each in fields(later) if (value := getattr(later, each.name))}
    ids = tuple(dict.fromkeys((*inputs.external_ids, *later.external_ids)))
    return replace(inputs, **{**given, "external_ids": ids, "metadata": {**inputs.metadata, **later.metadata}})


def _read_request(
    runtime: Runtime, row: ListRow, place: Path | SentFiles, *, common: Inputs, poster_base: str | None
) -> RowRequest:
    doubt = None if poster_base else poster_doubt(row.poster or "")
    notes = (*row.notes, doubt)
    if row.problem is not None:
        return RowRequest(row, JobError("bad_source", CLASSES["bad_source"], row.problem), Inputs(), _join(notes))
    source = _resolve(runtime, row.source, place)
    if isinstance(source, JobError):
        return RowRequest(row, source, Inputs(), _join(notes))
    inputs, note = row_inputs(runtime, row, place, common=common, poster_base=poster_base)
    slim = replace(row, plot=None)  # a thousand rows at once are in memory
    return RowRequest(slim, source, inputs, _join((*notes, note)))


def row_inputs(
    runtime: Runtime, row: ListRow, place: Path | SentFiles, *, common: Inputs, poster_base: str | None = None
) -> tuple[Inputs, str | None]:
    """Return what a row gives beside its source, and why something of it can't be used."""
    plot, plot_note = _usable_plot(row.plot)
    poster, digest, poster_note = _usable_poster(runtime, row.poster, place, poster_base)
    inputs = replace(
        common,
        title=to_line(row.title or "") or None,
        external_ids=(row.external_id,) if row.external_id else (),
        year=row.year,
        film=row.film,
        franchise=row.franchise,
        metadata=row.metadata,
        genres=row.genres,
        label_source=common.label_source if row.genres else None,
        label_list=common.label_list if row.genres else None,
        offered=common.offered if row.genres else (),
        split=row.split,
        imdb_id=row.imdb_id,
        plot=plot,
        poster=poster,
        poster_sha256=digest,
    )
    return inputs, _join((plot_note, poster_note))


def _resolve(runtime: Runtime, text: str, place: Path | SentFiles) -> Link | LocalFile | JobError:
    if isinstance(place, SentFiles):
        return resolve_sent(runtime, text, place)
    return resolve(runtime, absolute_source(text, place))


def _join(notes: Iterable[str | None]) -> str | None:
    return "; ".join(filter(None, notes)) or None


def _usable_plot(plot: str | None) -> tuple[str | None, str | None]:
    """Return the plot and None, or None and the reason why it can't be used."""
    try:
        return plot and read_plain_plot(plot).text, None
    except BadPlot as exc:
        return None, f"plot not used ({exc.code}): {exc}"


def _usable_poster(runtime: Runtime, text: str | None, place: Path | SentFiles, base: str | None) -> _Poster:
    """Return the poster of a row, stored from now on."""
    if text is None:
        return None, None, None
    if tmdb_path := find_tmdb_path(text):
        return _fetched_poster(runtime, f"{base}{tmdb_path}") if base else (None, None, None)
    if isinstance(place, SentFiles):
        return _sent_poster(runtime, text)
    path = absolute_source(text, place)
    try:
        digest = runtime.patiently(lambda: keep_poster(runtime.store, path))
    except BadPoster as exc:
        return _unused(exc)
    return path, digest, None


def _fetched_poster(runtime: Runtime, url: str) -> _Poster:
    try:
        return None, keep_fetched_poster(runtime, url), None
    except (BadPoster, WorkerError) as exc:
        return _unused(exc)


def _unused(reason: object) -> _Poster:
    return None, None, f"poster not used ({getattr(reason, 'code', 'bad_poster')}): {reason}"


def _sent_poster(runtime: Runtime, text: str) -> _Poster:
    """Return the poster that a list from elsewhere names: by the sha256 of a stored one, or below the roots."""
    if _SHA256.fullmatch(text) and runtime.patiently(lambda: runtime.store.posters.find_usable([text])):
        return None, text, None
    if _SHA256.fullmatch(text) or not runtime.settings.roots:
        return _unused("it is not the sha256 of a poster that was sent; send the picture first")
    try:
        path = find_below(runtime.settings.roots, text)
        with open_below(runtime.settings, path) as opened, shown_as(opened, path.name):
            return None, keep_poster(runtime.store, str(opened)), None
    except (ExtractorError, WorkerError) as exc:
        return _unused(exc)

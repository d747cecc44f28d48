"""Bulk actions: what is done to each of many trailers, and for which of them it can't be done."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from db.library_records import Decision, LibraryTrailer
from db.queue.job_records import Job, JobKind
from db.queue.jobs import JobFilter
from web.callers import Caller
from web.errors import public_message
from web.job_submission import check_queue
from web.service import Service
from worker.jobs.removal import remove_trailer
from worker.jobs.submission import JobRequest, submit
from worker.links import Link
from worker.reviewing.saving import save_review
from worker.sources import LocalFile


@dataclass(slots=True)
class Action:
    """How many trailers something was done to, how many needed nothing, and the others: id, code and message."""

    done: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def delete(service: Service, trailers: Iterable[LibraryTrailer]) -> Action:
    """Delete trailers with all that is stored about them; not those that a worker is at work on."""
    action = Action()
    for trailer in trailers:
        removed = remove_trailer(service.runtime, trailer.trailer_id)
        if removed.running:
            message = f"a worker is at work on it: cancel job {removed.running[0]} first"
            action.refused.append((trailer.trailer_id, "conflict", message))
            continue
        service.forget_similar(trailer.trailer_id)
        action.done += 1
    return action


def run_again(service: Service, trailers: Iterable[LibraryTrailer], caller: Caller, *, force: bool) -> Action:
    """Submit a job for each trailer: for what is missing or out of date, or with `force` for all; raises Refused."""
    action, sources = Action(), dict[str, Link | LocalFile]()
    for trailer in trailers:
        if source := _find_source(service, trailer, force=force):
            sources[trailer.trailer_id] = source
        else:
            message = "its file is not kept: submit it again"
            action.refused.append((trailer.trailer_id, "file_not_found", message))
    check_queue(service, caller, n_new=len(sources))
    token = secrets.token_hex(8) if force else None
    requests = [JobRequest(each, force_token=token, asked_by=caller.name, again=True) for each in sources.values()]
    results = submit(service.runtime, requests, service.bell, identity=service.identity()).results
    for trailer_id, result in zip(sources, results, strict=True):
        if not isinstance(result, Job):
            action.refused.append((trailer_id, result.code, public_message(result.code, result.message)))
        elif result.stage == "done":
            action.unchanged += 1
        else:
            action.done += 1
    return action


def _find_source(service: Service, trailer: LibraryTrailer, *, force: bool) -> Link | LocalFile | None:
    """Return where a trailer is from; None for a file that is needed and gone."""
    source = trailer.source
    if source.site in service.settings.sites:
        return Link(source.video_id, source.site)
    if source.site != JobKind.FILE.value:
        return None
    jobs = service.store.jobs.list(JobFilter(trailer_id=trailer.trailer_id), limit=1)
    path = Path(jobs[0].source) if jobs else Path(source.url)
    features_id = service.identity().features_id
    is_stored = not force and service.store.features.n_frames(trailer.trailer_id, features_id) is not None
    return LocalFile(path, trailer.video.sha256) if is_stored or (jobs and path.is_file()) else None


def retag(
    service: Service, trailers: Iterable[LibraryTrailer], caller: Caller, *, add: Sequence[str], remove: Sequence[str]
) -> Action:
    """Review each trailer whose tags change: some genres are added to them, others removed, the rest confirmed."""
    action = Action()
    for trailer in trailers:
        tags = trailer.labels.genres
        decisions: dict[str, Decision] = {genre: "add" for genre in add if genre not in tags}
        decisions |= {genre: "reject" for genre in remove if genre in tags}
        if not decisions:
            action.unchanged += 1
        elif save_review(service.store, trailer, decisions, reviewer=caller.name):
            action.done += 1
        else:
            action.refused.append((trailer.trailer_id, "conflict", "others are reviewing it just now; try again"))
    return action

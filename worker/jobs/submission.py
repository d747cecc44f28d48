"""Submitting: from what a user names to jobs that are committed, before any bell rings."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from classifier.errors import NoModel
from classifier.view import DESCRIPTION
from db.queue.deliveries import webhook_id_of
from db.queue.job_records import Inputs, Job, JobError, NewJob
from worker.download.waiting_videos import scratch_id
from worker.errors import WorkerError, describe
from worker.job_sites import FILE
from worker.jobs.bells import Bell
from worker.jobs.steps import first_lane
from worker.links import Link, is_video_id, looks_like_link, parse_link
from worker.predicting.prediction import PlannedPrediction, plan_predictions
from worker.runtime import Runtime
from worker.sources import LocalFile, resolve_source
from worker.webhooks.notifications import check_webhook


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One wish: a source as a user wrote it or already resolved, how urgent, and what is known of it.

    `fresh` names a round of work done anew; `webhook` is a URL that is told of the end. With `again` a job that died
    or failed for good is run again: somebody asks for this very one.
    """

    source: str | Link | LocalFile
    priority: int = 0
    fresh: str | None = None
    given: Inputs = field(default_factory=Inputs)
    batch_id: str | None = None
    asked_by: str | None = None
    webhook: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of each wish; `heard` is False when the broker was away, so that the sweeper must ring later."""

    results: tuple[Job | JobError, ...]
    heard: bool

    @property
    def jobs(self) -> list[Job]:
        """The jobs, without the wishes that became none."""
        return [result for result in self.results if isinstance(result, Job)]

    @property
    def codes(self) -> list[str]:
        """The error codes of the wishes that became no job."""
        return [result.code for result in self.results if isinstance(result, JobError)]


def new_force_token() -> str:
    """Return a name for a round of work that repeats what is stored."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Identity:
    """The features and the model that answer now."""

    features_id: str
    model_id: str | None


def identify(runtime: Runtime) -> Identity:
    """Return what answers now; it reads the weights file, so who submits in chunks asks once."""
    features_id = runtime.known_features_id()
    return Identity(features_id, _model_id(runtime, features_id))


def submit(runtime: Runtime, asks: Sequence[JobRequest], bell: Bell, *, identity: Identity | None = None) -> Submitted:
    """Return, in order, each wish's job, or why it can't be one; all jobs are committed before the bell rings.

    The same trailer, features, model, poster and plot give the same job, unless it is asked for anew.
    """
    identity = identity or identify(runtime)
    sources = [_read(runtime, ask) for ask in asks]
    named = [(ask, source) for ask, source in zip(asks, sources, strict=True) if not isinstance(source, JobError)]
    wanted = [(source.trailer_id, ask.given) for ask, source in named]
    prospects = plan_predictions(runtime, wanted, features_id=identity.features_id)
    scratch = scratch_id(runtime.settings.scratch)
    new = [
        _new_job(ask, source, prospect, features_id=identity.features_id, scratch=scratch)
        for (ask, source), prospect in zip(named, prospects, strict=True)
    ]
    jobs = iter(runtime.store.jobs.submit(new))
    results: list[Job | JobError] = [source if isinstance(source, JobError) else next(jobs) for source in sources]
    heard = _settle(runtime, asks, results, bell)
    return Submitted(tuple(_or_crowded(ask, result) for ask, result in zip(asks, results, strict=True)), heard=heard)


def _read(runtime: Runtime, ask: JobRequest) -> Link | LocalFile | JobError:
    if ask.webhook is not None:
        try:
            check_webhook(ask.webhook, runtime.settings)
        except WorkerError as exc:
            return describe(exc)
    return resolve(runtime, ask.source) if isinstance(ask.source, str) else ask.source


def _or_crowded(ask: JobRequest, result: Job | JobError) -> Job | JobError:
    """Return an error for a job that would tell so many others that there was no room for this asker's webhook."""
    if ask.webhook is None or isinstance(result, JobError):
        return result
    if webhook_id_of(ask.webhook) in {webhook.id for webhook in result.webhooks}:
        return result
    why = f"job {result.job_id} has {len(result.webhooks)} webhooks waiting: ask without one and look at the job"
    return describe(WorkerError("bad_source", why))


def resolve(runtime: Runtime, text: str) -> Link | LocalFile | JobError:
    """Return what a user's text names, or why it can't be used; a file is read to its end for its digest."""
    try:
        source = resolve_source(text, sites=runtime.settings.sites)
        if isinstance(source, LocalFile):
            _check_name(source)
    except Exception as exc:  # noqa: BLE001 - one wish that can't be met stops no other
        return describe(exc)
    return source


def resolve_link(runtime: Runtime, text: str) -> Link | JobError:
    """Return the video that a stranger's link or YouTube id names, or why it can't be used.

    Anything else is taken for a path, and nothing is told of it, not even whether there is such a file.
    """
    if not looks_like_link(text.strip()) and not is_video_id(text.strip()):
        what_now = "give a link or a YouTube id, or send the file to POST /v1/uploads and name it upload:ID"
        return describe(WorkerError("bad_source", f"a path can't be given over HTTP; {what_now}"))
    try:
        return parse_link(text, sites=runtime.settings.sites)
    except WorkerError as exc:
        return describe(exc)


def _check_name(file: LocalFile) -> None:
    try:
        str(file.path).encode()
    except UnicodeEncodeError as exc:
        raise WorkerError("bad_source", f"the name of {str(file.path)!r} is no UTF-8; rename it") from exc


def _model_id(runtime: Runtime, features_id: str) -> str | None:
    try:
        return runtime.model_record(features_id).model_id
    except NoModel:
        return None


def _new_job(
    ask: JobRequest, source: Link | LocalFile, prospect: PlannedPrediction, *, features_id: str, scratch: str
) -> NewJob:
    is_file = isinstance(source, LocalFile)
    site = FILE if isinstance(source, LocalFile) else source.site
    model_id = prospect.basis.model_id if prospect.basis else None
    parts = (source.trailer_id, features_id, str(model_id), *_inputs(prospect), *((ask.fresh,) if ask.fresh else ()))
    return NewJob(
        key="/".join(parts),
        trailer_id=source.trailer_id,
        source=str(source.path.absolute()) if isinstance(source, LocalFile) else source.url,
        site=site,
        features_id=features_id,
        model_id=model_id,
        lane=first_lane(site),
        scratch=scratch if is_file else None,
        priority=ask.priority,
        force=ask.fresh is not None,
        stored=prospect.stored and ask.fresh is None,
        stale=prospect.basis is not None and not prospect.stored and ask.fresh is None,
        again=ask.again,
        given=ask.given,
        batch_id=ask.batch_id,
        asked_by=ask.asked_by,
        webhook=ask.webhook,
    )


def _inputs(prospect: PlannedPrediction) -> Iterator[str]:
    """Yield what the verdict will rest on beside the frames; a description's text may not be known yet."""
    used = prospect.basis.modalities if prospect.basis else prospect.at_hand.names
    for name in used:
        if name != "trailer":
            yield name if name == DESCRIPTION else f"{name}={prospect.at_hand.digests[name]}"


def _settle(runtime: Runtime, asks: Sequence[JobRequest], results: Sequence[Job | JobError], bell: Bell) -> bool:
    """Note what is given of stored trailers and ring for the others; tell whether the bell works."""
    jobs = [(job, ask.given) for ask, job in zip(asks, results, strict=True) if isinstance(job, Job)]
    runtime.store.trailers.add_all_inputs((job.trailer_id, given) for job, given in jobs if job.stage == "done")
    rings = Counter((job.lane, job.scratch) for job, _ in jobs if job.stage == "queued" and job.lane)
    return all(bell.ring(lane, scratch=scratch, times=times) for (lane, scratch), times in rings.items())

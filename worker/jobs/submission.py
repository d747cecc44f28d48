"""Submission: what users name becomes jobs that are committed before any bell rings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from classifier.errors import NoModel
from classifier.view import NAMES
from db.queue.deliveries import webhook_id_of
from db.queue.job_records import Inputs, Job, JobError, JobKind, NewJob
from worker.download.waiting_videos import scratch_id
from worker.errors import WorkerError, describe
from worker.inference.registry import uses_input
from worker.jobs.bells import Bell
from worker.jobs.roots import read_below
from worker.jobs.sent_files import NONE_SENT, SentFiles
from worker.jobs.uploads import find_upload
from worker.links import Link, is_video_id, looks_like_link, parse_link
from worker.predicting.planning import PlannedPrediction, plan_predictions
from worker.runtime import Runtime
from worker.sources import LocalFile, resolve_source
from worker.webhooks.notifications import check_webhook


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One source, as a user wrote it or already resolved, how urgent it is, and its inputs.

    A `force_token` names a round in which everything is done again; `webhook` is a URL that is told of the end. With
    `again` a job that died or failed for good is run again: somebody asks for this very one.
    """

    source: str | Link | LocalFile
    priority: int = 0
    force_token: str | None = None
    inputs: Inputs = field(default_factory=Inputs)
    batch_id: str | None = None
    asked_by: str | None = None
    webhook: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The result of each request; `heard` is False when the broker was away, so that the sweeper must ring later."""

    results: tuple[Job | JobError, ...]
    heard: bool

    @property
    def jobs(self) -> list[Job]:
        """The jobs of the requests that became one."""
        return [result for result in self.results if isinstance(result, Job)]

    @property
    def codes(self) -> list[str]:
        """The error codes of the requests that became no job."""
        return [result.code for result in self.results if isinstance(result, JobError)]


@dataclass(frozen=True, slots=True)
class Identity:
    """The features and the model in use now."""

    features_id: str
    model_id: str | None


def identify(runtime: Runtime) -> Identity:
    """Return what is in use now; it reads the weights file, so whoever submits in chunks calls it once."""
    features_id = runtime.known_features_id()
    with suppress(NoModel):
        return Identity(features_id, runtime.model_record(features_id).model_id)
    return Identity(features_id, None)


def submit(
    runtime: Runtime, requests: Sequence[JobRequest], bell: Bell, *, identity: Identity | None = None
) -> Submitted:
    """Return, in order, each request's job, or why it can't be one; all jobs are committed before the bell rings.

    The same trailer, features, model, poster and plot give the same job, unless its `force_token` is new.
    """
    features_id = (identity or identify(runtime)).features_id
    sources = [_resolve(runtime, request) for request in requests]
    pairs = zip(requests, sources, strict=True)
    valid = [(request, source) for request, source in pairs if not isinstance(source, JobError)]
    wanted = [(source.trailer_id, request.inputs) for request, source in valid]
    plans = plan_predictions(runtime, wanted, features_id=features_id)
    scratch = scratch_id(runtime.settings.scratch)
    new = [
        _new_job(request, source, planned, features_id=features_id, scratch=scratch)
        for (request, source), planned in zip(valid, plans, strict=True)
    ]
    jobs = iter(runtime.store.jobs.submit(new))
    results = [source if isinstance(source, JobError) else next(jobs) for source in sources]
    heard = _settle(runtime, requests, results, bell)
    checked = [_check_room(request, result) for request, result in zip(requests, results, strict=True)]
    return Submitted(tuple(checked), heard=heard)


def _resolve(runtime: Runtime, request: JobRequest) -> Link | LocalFile | JobError:
    if request.webhook is not None:
        try:
            check_webhook(request.webhook, runtime.settings)
        except WorkerError as exc:
            return describe(exc)
    return resolve(runtime, request.source) if isinstance(request.source, str) else request.source


def _check_room(request: JobRequest, result: Job | JobError) -> Job | JobError:
    """Return an error for a job that has so many webhooks already that there was no room for this one."""
    if request.webhook is None or isinstance(result, JobError):
        return result
    if webhook_id_of(request.webhook) in {webhook.id for webhook in result.webhooks}:
        return result
    why = f"job {result.job_id} has {len(result.webhooks)} webhooks waiting: submit without one and look at the job"
    return describe(WorkerError("bad_source", why))


def resolve(runtime: Runtime, text: str) -> Link | LocalFile | JobError:
    """Return what a user's text names, or why it can't be used; a file is read to its end for its digest."""
    try:
        source = resolve_source(text, sites=runtime.settings.sites)
        text.encode()
    except UnicodeEncodeError:
        return describe(WorkerError("bad_source", f"the name of {text!r} is not valid UTF-8; rename it"))
    except Exception as exc:  # noqa: BLE001 - one bad source stops no other
        return describe(exc)
    return source


def resolve_sent(runtime: Runtime, text: str, sent: SentFiles = NONE_SENT) -> Link | LocalFile | JobError:
    """Return what a source that came over HTTP names, or why it can't be used.

    It is an upload, by its id or by its name among the files sent with it, a link, a YouTube id, or else a path below
    TRAILERS_ROOTS. Of any other path the error says nothing, not even whether there is such a file.
    """
    try:
        return _find_sent(runtime, text.strip(), sent)
    except Exception as exc:  # noqa: BLE001 - one bad source stops no other
        return describe(exc)


def _find_sent(runtime: Runtime, text: str, sent: SentFiles) -> Link | LocalFile:
    settings = runtime.settings
    if upload_id := sent.find(text):
        return find_upload(settings.home, upload_id)
    if looks_like_link(text) or is_video_id(text):
        return parse_link(text, sites=settings.sites)
    if sent.uploads and not settings.roots:
        raise WorkerError("file_not_found", f"{text!r} was not sent with the list; send it and the list again")
    return read_below(settings, text)


def _new_job(
    request: JobRequest, source: Link | LocalFile, planned: PlannedPrediction, *, features_id: str, scratch: str
) -> NewJob:
    site, address = (
        (JobKind.FILE.value, str(source.path.absolute()))
        if isinstance(source, LocalFile)
        else (source.site, source.url)
    )
    kind = JobKind(site)
    model_id = None if isinstance(planned.model, NoModel) else planned.model.model_id
    token = request.force_token
    parts = (source.trailer_id, features_id, str(model_id), *_key_inputs(planned), *((token,) if token else ()))
    return NewJob(
        key="/".join(parts),
        trailer_id=source.trailer_id,
        source=address,
        site=site,
        features_id=features_id,
        model_id=model_id,
        lane=kind.first_lane,
        scratch=scratch if kind is JobKind.FILE else None,
        priority=request.priority,
        force=token is not None,
        stored=planned.stored and token is None,
        stale=model_id is not None and not planned.stored and token is None,
        again=request.again,
        given=request.inputs,
        batch_id=request.batch_id,
        asked_by=request.asked_by,
        webhook=request.webhook,
    )


def _key_inputs(planned: PlannedPrediction) -> Iterator[str]:
    """Return what the prediction will rest on beside the frames; what its page tells may not be known yet."""
    names = dict.fromkeys((*planned.digests, *planned.of_page))
    used = (name for name in names if isinstance(planned.model, NoModel) or uses_input(planned.model, name))
    return (
        name if name in planned.of_page else f"{name}={planned.digests[name]}" for name in sorted(used, key=NAMES.index)
    )


def _settle(runtime: Runtime, requests: Sequence[JobRequest], results: Sequence[Job | JobError], bell: Bell) -> bool:
    """Store the inputs of trailers that are done and ring for the others; tell whether the bell works."""
    jobs = [(job, request.inputs) for request, job in zip(requests, results, strict=True) if isinstance(job, Job)]
    runtime.store.trailers.add_all_inputs((job.trailer_id, inputs) for job, inputs in jobs if job.stage == "done")
    rings = Counter((job.lane, job.scratch) for job, _ in jobs if job.stage == "queued" and job.lane)
    return all(bell.ring(lane, scratch=scratch, times=times) for (lane, scratch), times in rings.items())

"""Needs: what of the service or the library waits for somebody, each with what to do and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from classifier.counts import count
from db.queue.jobs import JobFilter
from db.queue.pace_records import Pace
from extractor.errors import WeightsError
from web.advice import advise
from web.callers import Caller
from web.service import Service
from worker.inference.registry import list_models
from worker.service.supervisor import ALIVE_S

N_CAUSES = 4
Urgency = Literal["bad", "warn", "ok"]


@dataclass(frozen=True, slots=True)
class Need:
    """What waits, what to do about it, and the page where: `bad` keeps work from being done, `ok` can wait."""

    text: str
    step: str
    url: str
    urgency: Urgency


def read_needs(service: Service, caller: Caller, pace: Pace) -> tuple[Need, ...]:
    """Return what needs attention, the most urgent first."""
    return (
        *_about_workers(service, pace),
        *_about_jobs(service),
        *_about_models(service),
        *_about_reviews(service, caller),
    )


def _about_workers(service: Service, pace: Pace) -> Iterator[Need]:
    if pace.waiting and not service.store.workers.alive(within_s=ALIVE_S):
        waiting = f"No worker is running, and {count(pace.waiting, 'job waits', 'jobs wait')}"
        yield Need(waiting, "Start one: trailers up, or trailers worker.", "/jobs?stage=queued", "bad")
    for lane, pause in sorted(service.store.throttle.pauses().items()):
        yield Need(
            f"Downloads from {lane.partition(':')[2] or lane} are paused: {_begin_low(advise(pause.code).meaning)}",
            "It goes on by itself; once the cause is mended, at once: trailers doctor --resume.",
            "/jobs",
            "bad",
        )
    try:
        choice = service.runtime.known_choice()
    except WeightsError as exc:
        yield Need("No network can look at trailers", str(exc), "/jobs", "bad")
        return
    if choice is not None and choice.warning:
        yield Need("The network is not the one that was meant", choice.warning, "/jobs", "warn")


def _about_jobs(service: Service) -> Iterator[Need]:
    for cause in service.store.jobs.causes(JobFilter())[:N_CAUSES]:
        advice = advise(cause.code)
        text = f"{count(cause.n, 'job')} failed: {_begin_low(advice.meaning)}"
        yield Need(text, advice.step, f"/jobs?code={cause.code}", "warn")


def _about_models(service: Service) -> Iterator[Need]:
    records = list_models(service.store)
    if not any(record.state == "in_use" for record in records):
        yield Need("No model is in use: trailers get no genres", "Put one to use.", "/models", "bad")
    if candidates := [record.name for record in records if record.state == "candidate"]:
        text = f"{count(len(candidates), 'model')} not in use yet: {', '.join(candidates[:3])}"
        yield Need(text, "Compare with what is in use, then promote or retire.", "/models", "ok")


def _about_reviews(service: Service, caller: Caller) -> Iterator[Need]:
    if n_assigned := service.store.review_queue.count_assigned(caller.name):
        text = f"{count(n_assigned, 'trailer is', 'trailers are')} assigned to you"
        yield Need(text, "They come first in your queue.", "/review", "warn")


def _begin_low(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

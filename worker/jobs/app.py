"""The Celery app, the second carrier: Redis carries rings to other hosts, and nothing but rings.

`celery -A worker.app worker` finds it as `app`, made from the environment's settings at its first use.
"""

import functools
import logging
import ssl
from typing import Any

from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from db.queue.job_records import LANES
from worker.download.waiting_videos import scratch_id
from worker.errors import SettingsError
from worker.jobs.bells import Bell, queue_of, task_of
from worker.settings import CELERY_GRACE_S, Settings, own_settings

MAX_RINGS = 1000  # at once; the sweeper rings for what is left
RING_S = 0.8  # for one answer of Redis to a ring: the two tries must end within three seconds
WORKER_S = 10.0  # the same for a worker, which can wait
DIRECT = Exchange("", type="direct")  # needs no bindings, which Redis would forget with its data
AWAY = (KombuError, RedisError, OSError)
log = logging.getLogger("trailers")


class CeleryBell(Bell):
    """A bell over Redis; it notices within three seconds that Redis is away."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def ring(self, lane: str, *, scratch: str | None = None, times: int = 1) -> bool:
        """Publish rings, a thousand at most; return False unless Redis took them all."""
        queue = _queue(lane, scratch)
        try:
            with self._app.producer_pool.acquire(block=True) as producer, producer.batch():
                for _ in range(min(times, MAX_RINGS)):
                    self._app.send_task(task_of(lane), queue=queue, producer=producer)
        except AWAY as exc:
            log.warning("no ring for %s, the sweeper rings later: %s", lane, exc)
            return False
        return True

    def unheard(self, lane: str, *, scratch: str | None = None) -> int | None:
        """Return the number of rings that wait in the queue, None when Redis is away."""
        try:
            with self._app.pool.acquire(block=True) as connection:
                declared = connection.default_channel.queue_declare(queue_of(lane, scratch))
                return int(declared.message_count)
        except AWAY as exc:
            log.warning("no answer from Redis: %s", exc)
            return None


def make_app(settings: Settings, *, redis_s: float = RING_S, scratch: str | None = None) -> Celery:
    """Return an app that can ring, and whose workers hear the rings for all hosts and for this `scratch` folder.

    Raises SettingsError where REDIS_URL is not set.
    """
    if settings.redis_url is None:
        raise SettingsError("REDIS_URL is not set, and Celery needs Redis; trailers worker needs neither")
    app = Celery("trailers", include=["worker.jobs.tasks"], set_as_current=False)
    app.conf.update(_messages(settings, scratch=scratch), **_broker(settings, redis_s=redis_s), **_workers(settings))
    return app


def make_worker_app(settings: Settings) -> Celery:
    """Return the app of this host's workers; raises SettingsError where REDIS_URL is not set."""
    from worker.jobs.celery_worker import install  # a process that only rings doesn't need it

    app = make_app(settings, redis_s=WORKER_S, scratch=scratch_id(settings.scratch))
    app.set_current()
    install(app)
    return app


def queues_of(app: Celery, lane: str) -> list[str]:
    """Return the names of the queues that the workers of a lane listen to."""
    mine = queue_of(lane)
    return [queue.name for queue in app.conf.task_queues if queue.name == mine or queue.name.startswith(f"{mine}.")]


def _queue(lane: str, scratch: str | None) -> Queue:
    name = queue_of(lane, scratch)
    return Queue(name, DIRECT, routing_key=name)


def _messages(settings: Settings, *, scratch: str | None) -> dict[str, Any]:
    """Return the settings of messages: JSON without arguments, no result, in named queues."""
    queues = [_queue(lane, None) for lane in LANES]
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_backend": None,
        "task_ignore_result": True,
        "task_queues": queues + ([_queue("extract", scratch)] if scratch else []),
        "task_routes": {task_of(lane): {"queue": queue_of(lane)} for lane in LANES},
        "task_default_queue": queue_of(LANES[0]),
        "task_default_exchange": "",
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,  # attempts are counted in the job, so a poisoned one comes to an end
        "task_time_limit": settings.step_timeout_s + CELERY_GRACE_S,
    }


def _broker(settings: Settings, *, redis_s: float) -> dict[str, Any]:
    """Return the settings of Redis: each call waits `redis_s` seconds and is tried once more."""
    is_tls = (settings.redis_url or "").startswith("rediss:")
    return {
        "broker_url": settings.redis_url,
        # Without this kombu takes any certificate; ssl_... parameters of the URL come before it.
        "broker_use_ssl": {"ssl_cert_reqs": ssl.CERT_REQUIRED} if is_tls else False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": settings.visibility_timeout_s,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,  # else only every tenth check, 100 s after the timeout
            "socket_timeout": redis_s,
            "socket_connect_timeout": redis_s,
            "priority_steps": [0],  # jobs have priorities, rings don't
            "max_retries": 1,
            "interval_start": 0,
        },
        "task_publish_retry": False,  # a lost ring is only a delay
    }


def _workers(settings: Settings) -> dict[str, Any]:
    return {
        "worker_prefetch_multiplier": 1,
        "worker_enable_prefetch_count_reduction": False,  # one thing fewer that can go wrong when Redis comes back
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_proc_alive_timeout": 60,
        "worker_soft_shutdown_timeout": settings.stop_s,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


@functools.cache
def __getattr__(name: str) -> Celery:
    """Return `app`, made at its first use."""
    if name == "app":
        return make_worker_app(own_settings())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

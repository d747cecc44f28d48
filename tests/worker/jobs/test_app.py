"""The Celery app alone: what it promises of messages and workers, and a bell on a Redis that comes and goes."""

import base64
import gc
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import redis
from celery.worker import state

from tests.support.redis_server import ENCODED, PASSWORD, RedisServer
from tests.support.working import in_time
from worker.download.waiting_videos import scratch_id
from worker.errors import SettingsError
from worker.jobs.app import MAX_RINGS, CeleryBell, make_app, make_worker_app, queues_of
from worker.jobs.celery_worker import DEAF_AFTER, Listener, unheard
from worker.settings import CELERY_GRACE_S, Settings, read_settings

SCRATCH = "0123456789abcdef"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("app") / "redis") as server:
        yield server


def make_settings(home: Path, url: str, **environment: str) -> Settings:
    return read_settings({"TRAILERS_HOME": str(home), "REDIS_URL": url, **environment})


def make_bell(home: Path, url: str) -> CeleryBell:
    return CeleryBell(make_app(make_settings(home, url)))


def test_workers_acknowledge_late_take_one_ring_at_a_time_and_read_json_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, "redis://localhost", TRAILERS_VISIBILITY_TIMEOUT_S="5000")
    conf = make_worker_app(settings).conf
    assert (conf.accept_content, conf.task_serializer, conf.result_backend) == (["json"], "json", None)
    assert (conf.task_ignore_result, conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True, True)
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_time_limit == settings.step_timeout_s + CELERY_GRACE_S
    assert conf.worker_soft_shutdown_timeout == settings.stop_s
    assert conf.worker_cancel_long_running_tasks_on_connection_loss is False
    assert conf.worker_enable_remote_control is False, "nobody can have a worker do things over Redis"
    assert (conf.broker_connection_retry_on_startup, conf.broker_connection_max_retries) == (True, None)
    options = conf.broker_transport_options
    assert options["visibility_timeout"] == 5000 > conf.task_time_limit
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)


def test_the_transport_takes_the_options_that_are_set(tmp_path: Path, redis_server: RedisServer) -> None:
    app = make_worker_app(make_settings(tmp_path, redis_server.url))
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        assert (channel.visibility_timeout, channel.unacked_restore_interval) == (7200, 10)
        assert (channel.unacked_restore_throttle, channel.priority_steps) == (1, [0])
        assert channel.socket_timeout == channel.socket_connect_timeout == 10


def test_a_lane_listens_to_its_rings_and_extraction_to_those_for_its_folder(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, "redis://localhost")
    app = make_worker_app(settings)
    mine = scratch_id(settings.scratch)
    assert queues_of(app, "download") == ["trailers.download"]
    assert queues_of(app, "extract") == ["trailers.extract", f"trailers.extract.{mine}"]
    assert app.conf.task_create_missing_queues is False


def test_tls_checks_the_certificate(tmp_path: Path) -> None:
    with make_app(make_settings(tmp_path, "rediss://localhost")).connection_for_write() as connection:
        assert connection.ssl["ssl_cert_reqs"].name == "CERT_REQUIRED"
    with make_app(make_settings(tmp_path, "redis://localhost")).connection_for_write() as connection:
        assert not connection.ssl


@pytest.mark.parametrize(
    "url",
    [
        f"amqp://user:{ENCODED}@host/",
        f"redis://:{ENCODED}@:6379/0",
        f"redis://:{ENCODED}@host/jobs",
        f"redis://:{ENCODED}@host:port/0",
        f"redis://:{ENCODED}@one/0;redis://two/0",
        f"sentinel://:{ENCODED}@host/0",
        ENCODED,
    ],
)
def test_an_address_that_is_no_redis_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL") as caught:
        read_settings({"REDIS_URL": url})
    assert ENCODED not in str(caught.value)


def test_a_visibility_timeout_below_the_time_limit_is_refused() -> None:
    limits = {"TRAILERS_STEP_TIMEOUT_S": "1000", "TRAILERS_DOWNLOAD_TIMEOUT_S": "100"}
    with pytest.raises(SettingsError, match=r"TRAILERS_VISIBILITY_TIMEOUT_S is 1060.*above 1060"):
        read_settings({**limits, "TRAILERS_VISIBILITY_TIMEOUT_S": "1060"})
    assert read_settings({**limits, "TRAILERS_VISIBILITY_TIMEOUT_S": "1061"}).visibility_timeout_s == 1061


def test_without_redis_there_is_no_app(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        make_app(read_settings({"TRAILERS_HOME": str(tmp_path)}))


def test_a_ring_is_json_and_says_nothing_but_its_lane(tmp_path: Path, redis_server: RedisServer) -> None:
    bell = make_bell(tmp_path, redis_server.url)
    assert bell.ring("extract", scratch=SCRATCH)
    (entry,) = redis_server.entries(f"trailers.extract.{SCRATCH}")
    message = json.loads(entry)
    assert message["content-type"] == "application/json"
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert (args, kwargs, message["headers"]["task"]) == ([], {}, "trailers.extract")
    assert PASSWORD not in entry
    assert ENCODED not in entry


def test_rings_that_nobody_heard_are_counted_for_each_queue(tmp_path: Path, redis_server: RedisServer) -> None:
    bell = make_bell(tmp_path, redis_server.url)
    assert bell.unheard("classify") == 0
    assert bell.ring("classify", times=3)
    assert bell.ring("classify", scratch=SCRATCH)
    assert (bell.unheard("classify"), bell.unheard("classify", scratch=SCRATCH)) == (3, 1)


def test_a_thousand_rings_are_enough(tmp_path: Path, redis_server: RedisServer) -> None:
    bell = make_bell(tmp_path, redis_server.url)
    assert bell.ring("download", times=MAX_RINGS + 5)
    assert bell.unheard("download") == MAX_RINGS


def test_nobody_hears_a_ring_while_redis_is_away_and_the_next_one_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with RedisServer(tmp_path / "redis") as server:
        bell = make_bell(tmp_path, server.url)
        assert bell.ring("extract")
        server.kill()
        assert in_time(lambda: bell.ring("extract")) is False
        assert in_time(lambda: bell.unheard("extract")) is None
        server.start()
        assert bell.ring("extract") is True
        assert bell.unheard("extract") == 2, "the first is still there, the second is lost"
    assert "the sweeper rings later" in caplog.text
    assert ENCODED not in caplog.text
    assert PASSWORD not in caplog.text


def test_a_redis_that_takes_calls_and_never_answers_is_left_after_tries_of_three_seconds_together(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make_app(make_settings(tmp_path, f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        assert in_time(lambda: CeleryBell(app).ring("extract")) is False
        n_tries = count_callers(silent)
        options = app.conf.broker_transport_options
    assert n_tries == 2
    assert n_tries * (options["socket_connect_timeout"] + options["socket_timeout"]) < 3.5


def count_callers(server: socket.socket) -> int:
    """Return how many have called a server that has answered none of them yet."""
    server.setblocking(False)
    n_callers = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            n_callers += 1
    return n_callers


def test_a_wrong_password_is_no_ring(tmp_path: Path, redis_server: RedisServer) -> None:
    bell = make_bell(tmp_path, f"redis://:wrong@127.0.0.1:{redis_server.port}/0")
    assert bell.ring("extract") is False
    assert bell.unheard("extract") is None


@pytest.mark.slow
def test_celery_finds_the_app_and_its_tasks_and_hides_the_password(tmp_path: Path) -> None:
    script = (
        "from celery.app.utils import find_app\n"
        "app = find_app('worker.app')\n"
        "app.loader.import_default_modules()\n"
        "print(sorted(name for name in app.tasks if name.startswith('trailers.')))\n"
        "print(app.connection().as_uri(), app.amqp.queues.format())\n"
    )
    url = f"redis://:{ENCODED}@localhost:6379/0"
    environment = {**os.environ, "TRAILERS_HOME": str(tmp_path), "REDIS_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "['trailers.classify', 'trailers.download', 'trailers.extract']" in said.stdout, said.stderr
    assert "redis://:**@localhost:6379/0" in said.stdout
    assert ENCODED not in said.stdout + said.stderr


def test_a_look_for_rings_leaves_no_connection_behind(tmp_path: Path, redis_server: RedisServer) -> None:
    settings = make_settings(tmp_path, redis_server.url)
    app = make_worker_app(settings)
    app.amqp.queues.select(queues_of(app, "classify"))
    gc.collect()  # what earlier tests have left
    before = psutil.Process().num_fds()
    assert [unheard(SimpleNamespace(app=app)) for _ in range(3)] == [redis_server.client.llen("trailers.classify")] * 3
    assert psutil.Process().num_fds() == before


def test_a_worker_is_deaf_when_it_is_idle_and_hears_no_ring_again_and_again() -> None:
    waiting: list[int | None] = [3]
    listener = Listener(lambda: waiting[0], concurrency=1)
    assert [listener.is_deaf() for _ in range(DEAF_AFTER + 1)] == [False] * DEAF_AFTER + [True]
    state.all_total_count[0] += 1
    assert not listener.is_deaf(), "it has heard one"
    for nothing in (0, None):
        waiting[0] = nothing
        assert not any(listener.is_deaf() for _ in range(DEAF_AFTER + 1))
    waiting[0] = 3
    busy = Listener(lambda: waiting[0], concurrency=0)
    assert not any(busy.is_deaf() for _ in range(DEAF_AFTER + 1))


def test_a_message_is_done_with_even_if_redis_is_away_for_its_end(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        assert make_bell(tmp_path, server.url).ring("classify")
        app = make_worker_app(make_settings(tmp_path, server.url))
        with app.connection_for_read() as connection:
            channel = connection.default_channel
            channel.basic_qos(0, 1, False)
            message = channel.basic_get("trailers.classify")
            assert not channel.qos.can_consume()
            server.kill()
            with pytest.raises(redis.ConnectionError):
                message.ack()
            assert channel.qos.can_consume(), "else it never takes a message again"
            server.start()

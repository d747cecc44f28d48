"""The image and the compose file, judged without a Docker engine: by their own tools and by what we promise of them."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, OutOfMemoryError
from redis.exceptions import ConnectionError as RedisAway
from ruamel.yaml import YAML

from worker.service.web_settings import WebSettings
from worker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "docker-compose.yml"
SERVICES: dict[str, Any] = YAML(typ="safe").load(COMPOSE)["services"]
OURS = sorted(SERVICES.keys() - {"mongo", "redis"})
WORKERS = sorted(set(OURS) - {"web"})
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PASSWORDS = {"MONGO_ROOT_PASSWORD", "MONGO_PASSWORD", "MONGO_KEY", "REDIS_PASSWORD", "TRAILERS_TOKENS"}


def seconds(text: str) -> int:
    """Return the seconds of a duration as this file writes them: `30s`."""
    assert re.fullmatch(r"\d+s", text)
    return int(text[:-1])


def run(*arguments: str | Path, folder: Path = ROOT, **environ: str) -> "subprocess.CompletedProcess[str]":
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=folder,
        env={**plain, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the compose file and the script that makes its passwords, and nothing else."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(COMPOSE, tmp_path)
    shutil.copy(ROOT / "scripts" / "compose-secrets", tmp_path / "scripts")
    return tmp_path


@pytest.fixture(scope="session")
def docker_compose() -> list[str]:
    """The command of Docker Compose, the plugin or Debian's program; reading a file needs no engine."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and run(*command, "version").returncode == 0:
            return command
    pytest.skip("docker-compose is not installed: make test installs it")


def test_compose_file_follows_the_official_schema() -> None:
    checked = run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert checked.returncode == 0, checked.stdout


def test_compose_accepts_the_file_with_the_passwords_that_the_script_wrote(
    checkout: Path, docker_compose: list[str]
) -> None:
    assert run("scripts/compose-secrets", folder=checkout).returncode == 0
    shown = run(*docker_compose, "config", folder=checkout, COMPOSE_PROFILES="cpu,gpu")
    assert shown.returncode == 0, shown.stderr
    services = YAML(typ="safe").load(shown.stdout)["services"]
    assert services.keys() == SERVICES.keys()
    assert re.fullmatch(
        r"mongodb://trailers:[0-9a-f]{48}@mongo:27017/trailers\?replicaSet=rs0",
        services["classify"]["environment"]["MONGODB_URI"],
    )


def test_compose_refuses_to_start_without_passwords_and_names_the_way_out(
    checkout: Path, docker_compose: list[str]
) -> None:
    shown = run(*docker_compose, "config", folder=checkout)
    assert shown.returncode != 0
    assert "run scripts/compose-secrets" in shown.stderr


def test_compose_accepts_each_override_that_the_docs_show(checkout: Path, docker_compose: list[str]) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    overrides = [textwrap.dedent(text) for text in re.findall(r"^    services:\n(?:    .*\n)+", page, re.MULTILINE)]
    assert len(overrides) == 2  # for files of one's own, and for several hosts
    assert run("scripts/compose-secrets", folder=checkout).returncode == 0
    for override in overrides:
        assert YAML(typ="safe").load(override)["services"].keys() <= SERVICES.keys()
        (checkout / "docker-compose.override.yml").write_text(override)
        shown = run(*docker_compose, "config", folder=checkout, COMPOSE_PROFILES="cpu,gpu")
        assert shown.returncode == 0, shown.stderr


def test_passwords_are_random_and_readable_by_their_owner_alone(checkout: Path) -> None:
    run("scripts/compose-secrets", folder=checkout)
    values = read_env(checkout)
    assert values.keys() == {*PASSWORDS, "COMPOSE_PROFILES"}
    assert all(re.fullmatch(r"[0-9a-f]{48}", values[name]) for name in PASSWORDS)  # safe in a URL, as keyfile, in sh
    assert len({values[name] for name in PASSWORDS}) == len(PASSWORDS)
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600


def test_passwords_once_written_and_the_settings_beside_them_stay(checkout: Path) -> None:
    (checkout / ".env").write_text("TRAILERS_SLEEP_S=3\nREDIS_PASSWORD=mine")  # no newline at its end
    run("scripts/compose-secrets", folder=checkout)
    first = read_env(checkout)
    run("scripts/compose-secrets", folder=checkout)
    assert read_env(checkout) == first
    assert (first["TRAILERS_SLEEP_S"], first["REDIS_PASSWORD"]) == ("3", "mine")


def read_env(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    assert len(lines) == len({line.partition("=")[0] for line in lines})
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_has_privileges_or_room_without_bounds(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert service["restart"] == "unless-stopped"
    assert service["user"] in ("10001:10001", "mongodb", "redis")
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & service.keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_only_the_page_has_a_port_on_this_machine_alone_and_every_image_has_a_version(name: str) -> None:
    service = SERVICES[name]
    published = ["${PAGE_ADDRESS:-127.0.0.1:8000}:8000"] if name == "web" else []
    assert (service.get("ports", []), service.get("expose")) == (published, None)
    assert ":" in service["image"]
    assert "latest" not in service["image"]


@pytest.mark.parametrize("name", OURS)
def test_services_wait_for_database_and_broker(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "mongo": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


@pytest.mark.parametrize("name", WORKERS)
def test_workers_are_checked_in_the_lane_they_serve(name: str) -> None:
    service = SERVICES[name]
    assert service["command"] == ["worker", "--lanes", name.partition("-")[0]]
    assert service["healthcheck"]["test"] == ["CMD", "trailers", "worker", "--check", *service["command"][1:]]
    assert seconds(service["healthcheck"]["timeout"]) > 60  # what the check gives itself


@pytest.mark.parametrize("name", OURS)
def test_docker_waits_longer_than_the_soft_shutdown(name: str) -> None:
    service = SERVICES[name]
    assert seconds(service["stop_grace_period"]) > int(service["environment"]["TRAILERS_STOP_S"]) + 5


def test_only_those_who_download_or_send_webhooks_reach_the_world() -> None:
    networks = YAML(typ="safe").load(COMPOSE)["networks"]
    assert networks["backend"] == {"internal": True}
    reaching = {name for name, service in SERVICES.items() if service["networks"] != ["backend"]}
    assert reaching == {"download", "extract-cpu", "extract-gpu", "sweeper", "web"}
    assert SERVICES["web"]["networks"] == ["backend", "page"]  # a port needs a network that isn't internal


def test_those_who_hand_on_videos_share_a_folder() -> None:
    for name in ("download", "extract-cpu", "extract-gpu", "sweeper", "web"):
        assert SERVICES[name]["volumes"] == ["home:/var/lib/trailers"]
    assert "TRAILERS_HOME=/var/lib/trailers" in DOCKERFILE


def test_every_setting_that_compose_passes_on_exists() -> None:
    passed = set(re.findall(r"TRAILERS_[A-Z_]+", COMPOSE.read_text()))
    assert passed <= Settings.variables().keys() | WebSettings.variables().keys()


def test_the_image_runs_as_a_numbered_user_that_is_not_root() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE)[-1] == SERVICES["sweeper"]["user"] == "10001:10001"
    assert "useradd --uid 10001 " in DOCKERFILE


def test_the_last_stage_installs_no_compiler_and_no_embedded_database() -> None:
    build, last = DOCKERFILE.split("\nFROM ")[1:]
    assert "/^fiftyone-db/d" in build
    assert not re.search(r"gcc|build-essential|-dev\b|pip install", last)


def test_dockerfile_passes_hadolint() -> None:
    linted = run(Path(sys.executable).with_name("hadolint"), "Dockerfile")
    assert linted.returncode == 0, linted.stdout


def test_the_image_gets_every_package_and_the_build_sees_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    lines = re.findall(r"^COPY ((?!--from).*) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {source for line in lines for source in line.split()}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert packages <= copied
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert "*" in ignored


@pytest.mark.parametrize(("device", "package"), [("cpu", "tensorflow-cpu>="), ("gpu", "tensorflow[and-cuda]>=")])
def test_a_device_gets_its_tensorflow(device: str, package: str) -> None:
    printed = run("scripts/requirements", device).stdout.splitlines()
    assert next(line for line in printed if line.startswith("tensorflow")).startswith(package)
    assert len(printed) == len((ROOT / "requirements.txt").read_text().splitlines())


def test_an_unknown_device_is_refused() -> None:
    refused = run("scripts/requirements", "tpu")
    assert refused.returncode == 2
    assert "cpu or gpu" in refused.stderr


@contextmanager
def redis_of_compose(folder: Path) -> Iterator[None]:
    """Run the command of the service `redis` on a socket in `folder`; it is killed, not stopped."""
    script = SERVICES["redis"]["command"][0].replace("$$", "$")
    assert "dir /data\n" in script
    script = script.replace("dir /data\n", f"dir {folder}\nport 0\nunixsocket {folder}/socket\n")
    process = subprocess.Popen(
        [*SERVICES["redis"]["entrypoint"], script],
        env={"PATH": os.environ["PATH"], "REDIS_PASSWORD": "abc123"},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def client_of(folder: Path) -> Redis:
    client = Redis(unix_socket_path=f"{folder}/socket", password="abc123", decode_responses=True)
    for _ in range(1200):
        try:
            client.ping()
        except RedisAway:
            time.sleep(0.05)
        else:
            return client
    raise AssertionError("redis did not answer")


def test_a_queue_outlives_a_killed_broker(tmp_path: Path) -> None:
    with redis_of_compose(tmp_path), client_of(tmp_path) as client:
        client.lpush("celery", *map(str, range(100)))
    with redis_of_compose(tmp_path), client_of(tmp_path) as client:
        assert client.llen("celery") == 100


@pytest.mark.slow
def test_the_broker_wants_a_password_that_stands_on_no_command_line(tmp_path: Path) -> None:
    command_line, settings = SERVICES["redis"]["command"][0].split("<<END\n")
    assert ("requirepass" in settings, "PASS" in command_line.upper()) == (True, False)
    with redis_of_compose(tmp_path), client_of(tmp_path), pytest.raises(AuthenticationError):
        Redis(unix_socket_path=f"{tmp_path}/socket").ping()


def test_a_full_broker_refuses_instead_of_deleting(tmp_path: Path) -> None:
    with redis_of_compose(tmp_path), client_of(tmp_path) as client:
        client.lpush("celery", "job")
        client.config_set("maxmemory", "2mb")
        with pytest.raises(OutOfMemoryError):
            for number in range(4000):
                client.set(f"filler{number}", "x" * 1000)
        assert client.llen("celery") == 1

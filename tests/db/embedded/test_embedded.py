import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pymongo
import pytest

from db.access import Document
from db.embedded import guardian, mongod
from db.embedded import home as home_folder
from db.embedded import share as embedded
from db.embedded.locks import try_lock, wait_until
from db.embedded.share import keep_for, start
from db.errors import DiskFull, StoreUnavailable
from db.library_records import LibraryQuery
from db.store import open_store

USER = """
import sys
from pathlib import Path
from db.embedded.share import start
from pymongo import MongoClient, WriteConcern
with start(Path(sys.argv[1])) as share, MongoClient(share.uri) as client:
    notes = client.get_database("t", write_concern=WriteConcern(w="majority", j=True)).notes
    print(share.running.server, flush=True)
    for line in sys.stdin:
        if line == "close\\n":
            break
        notes.insert_one({"_id": line.strip()})
        print(notes.count_documents({}), flush=True)
"""


class User:
    """A process that uses the embedded database of `home`."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid

    def hear(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def note(self, name: str) -> int:
        """Write a document; return how many there are then."""
        self.say(name)
        return self.hear()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def close(self) -> None:
        self.say("close")
        self.process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert gone(tmp_path), f"left behind: {processes(tmp_path)}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose server runs."""
    home = tmp_path_factory.mktemp("shared")
    with start(home):
        yield home


@pytest.fixture
def new_user(home: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def make() -> User:
        users.append(User(home))
        return users[-1]

    yield make
    for user in users:
        user.kill()


def processes(home: Path) -> dict[int, str]:
    """Return the guardian and the mongod of `home`, by process id."""
    wanted = os.fsencode(home / "db")
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if wanted in command:
            found[int(folder.name)] = "guardian" if b"db.embedded.guardian" in command else "mongod"
    return found


def gone(home: Path) -> bool:
    return wait_until(lambda: not processes(home), seconds=60)


def notes_in(home: Path) -> set[str]:
    with start(home) as share, pymongo.MongoClient[Document](share.uri) as client:
        return {document["_id"] for document in client["t"]["notes"].find()}


def test_two_processes_share_one_server(home: Path, new_user: Callable[[], User]) -> None:
    first, second = new_user(), new_user()
    assert first.hear() == second.hear()
    assert first.note("a") == 1
    assert second.note("b") == 2
    assert sorted(processes(home).values()) == ["guardian", "mongod"]


def test_eight_processes_at_the_same_moment_start_one_server(home: Path, new_user: Callable[[], User]) -> None:
    users = [new_user() for _ in range(8)]
    assert len({user.hear() for user in users}) == 1
    assert sorted(processes(home).values()) == ["guardian", "mongod"]


def test_killing_one_user_does_not_touch_the_other(home: Path, new_user: Callable[[], User]) -> None:
    killed, other = new_user(), new_user()
    server = (killed.hear(), other.hear())[1]
    killed.note("from the killed one")
    killed.kill()
    time.sleep(0.5)  # five looks of the guardian
    assert other.note("from the other") == 2
    assert server in processes(home)


def test_after_kill_of_the_last_user_nothing_is_left_running_and_all_data_is_there(
    home: Path, new_user: Callable[[], User]
) -> None:
    user = new_user()
    user.hear()
    user.note("kept")
    user.kill()
    assert gone(home)
    assert notes_in(home) == {"kept"}


def test_server_is_gone_soon_after_the_last_user_closes(home: Path) -> None:
    open_store(uri=None, home=home).close()
    assert gone(home)


def test_kill_of_server_and_guardian_heals_at_the_next_start(home: Path, new_user: Callable[[], User]) -> None:
    user = new_user()
    user.hear()
    user.note("kept")
    pids = list(processes(home))
    for number in (signal.SIGSTOP, signal.SIGKILL):  # neither sees the other die and tidies up
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    user.kill()
    assert gone(home)
    assert (home / "db" / "mongod.sock").exists()
    assert (home / "db" / "data" / "mongod.lock").stat().st_size > 0
    assert notes_in(home) == {"kept"}


@pytest.mark.slow
def test_opening_at_the_moment_of_the_kill_heals_too(home: Path) -> None:
    with open_store(uri=None, home=home) as first:
        for pid in sorted(processes(home), reverse=True):  # the server first, then its guardian
            os.kill(pid, signal.SIGKILL)
        with open_store(uri=None, home=home) as second:
            assert second.library.facets(LibraryQuery()).n == first.library.facets(LibraryQuery()).n == 0


def test_killed_server_is_restarted_for_its_users(home: Path) -> None:
    with start(home) as share, pymongo.MongoClient[Document](share.uri) as client:
        os.kill(share.running.server, signal.SIGKILL)
        assert client.admin.command("ping")["ok"] == 1
        before = share.running.server
        assert share.ensure().running.server != before


@pytest.mark.slow
def test_user_of_a_killed_guardian_can_revive_the_store(home: Path) -> None:
    with open_store(uri=None, home=home) as store:
        assert store.server
        os.kill(store.server.running.guardian, signal.SIGKILL)
        assert gone(home)  # mongod does not outlive its guardian
        store.revive()
        assert store.library.facets(LibraryQuery()).n == 0


@pytest.mark.slow
def test_guardian_gives_up_a_server_that_dies_again_and_again(home: Path) -> None:
    with start(home) as share:
        for _ in range(guardian.MAX_DEATHS_A_MINUTE):
            killed = share.running.server
            os.kill(killed, signal.SIGKILL)
            assert wait_until(partial(new_server, home, killed), seconds=60)
            share.ensure()
        os.kill(share.running.server, signal.SIGKILL)
        assert gone(home)


def new_server(home: Path, old: int) -> bool:
    state = home / "db" / "server.json"
    return state.exists() and f'"server": {old},' not in state.read_text()


def test_files_left_by_a_crash_do_no_harm(home: Path) -> None:
    folder = home / "db"
    (folder / "data").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(folder / "mongod.sock"))
    (folder / "data" / "mongod.lock").write_text("4194304\n")
    for name in ("users.lock", "start.lock", "guardian.lock", "server.json"):
        (folder / name).write_text('{"guardian": 1, "server": 1, "socket": "/nowhere", "port": 7}')
    with start(home) as share:
        assert share.running.socket == str(folder / "mongod.sock")
        assert not share.tcp_uri


def test_the_users_lock_is_not_inherited_by_guardian_or_server(shared: Path) -> None:
    users = (shared / "db" / "users.lock").resolve()
    assert sorted(processes(shared).values()) == ["guardian", "mongod"]
    for pid in processes(shared):
        held = {fd.readlink() for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
        assert users not in held


def test_database_folder_and_socket_are_private(shared: Path) -> None:
    assert (shared / "db").stat().st_mode & 0o077 == 0
    assert (shared / "db" / "mongod.sock").stat().st_mode & 0o077 == 0


def test_a_port_asked_of_a_server_without_one_is_refused(shared: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is already running, without a port"):
        start(shared, port=free_port())


def test_a_port_serves_clients_without_unix_sockets_and_counts_as_use(home: Path) -> None:
    port = free_port()
    with start(home, port=port) as share:
        assert share.tcp_uri == f"mongodb://127.0.0.1:{port}"
        client: pymongo.MongoClient[Document] = pymongo.MongoClient(share.tcp_uri)
        client.admin.command("ping")
    with client:
        time.sleep(0.5)
        assert client.admin.command("ping")["ok"] == 1


def test_a_taken_port_is_named_with_the_way_out(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StoreUnavailable, match=f"port {port} .* is taken: choose another"):
            start(home, port=port)
    with start(home):
        pass


def test_too_little_disk_is_told_before_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_folder, "MIN_FREE_BYTES", 10**18)
    with pytest.raises(DiskFull, match=r"has \d+ MB free .* TRAILERS_HOME"):
        start(home)
    assert not processes(home)


def test_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"file/home .*TRAILERS_HOME"):
        start(tmp_path / "file" / "home")


def test_without_any_mongod_the_message_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("db.embedded.binary.find_spec", lambda name: None)
    with pytest.raises(StoreUnavailable, match=r"install MongoDB.* MONGODB_URI"):
        start(home)


def test_a_mongod_that_fails_is_quoted_from_its_log(home: Path) -> None:
    (home / "db" / "data").mkdir(parents=True)
    (home / "db" / "data" / "storage.bson").write_text("not a database")
    with pytest.raises(StoreUnavailable, match=r"ended with status \d+ .*mongod.log"):
        start(home)


def test_data_that_a_foreign_mongod_uses_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "GUARDIAN", [*embedded.GUARDIAN[:-2], "-c", IMPATIENT])
    lock = home / "db" / "data" / "mongod.lock"
    lock.parent.mkdir(parents=True)
    foreign = try_lock(lock)
    assert foreign
    with foreign, pytest.raises(StoreUnavailable, match="another mongod uses"):
        start(home)


IMPATIENT = "import db.embedded.guardian as g; g.GIVE_WAY_S = 0.2; g.main()"


def test_a_long_home_gets_its_socket_in_a_private_temp_folder(home: Path) -> None:
    long = home / ("x" * 120)
    with start(long) as share:
        folder = Path(share.running.socket).parent
        assert folder.stat().st_mode & 0o077 == 0
        assert long not in folder.parents
        with pymongo.MongoClient[Document](share.uri) as client:
            assert client.admin.command("ping")["ok"] == 1
    assert gone(long)
    Path(share.running.socket).unlink(missing_ok=True)
    folder.rmdir()


def test_a_temp_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir(mode=0o755)
    with pytest.raises(StoreUnavailable, match="not a private folder"):
        home_folder.private_folder(open_to_all)


@pytest.mark.slow
def test_a_client_keeps_the_server_up_after_keep_for(home: Path) -> None:
    with start(home) as share:
        keep_for(home, 1)
        uri = share.uri
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(uri)
    client.admin.command("ping")
    time.sleep(1.5)
    assert sorted(processes(home).values()) == ["guardian", "mongod"]
    assert client.admin.command("ping")["ok"] == 1
    client.close()
    assert gone(home)


def test_an_overlong_log_is_put_aside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod, "MAX_LOG_BYTES", 10)
    (home / "mongod.log").write_text("a long story")
    assert mongod.rotate_log(home)
    assert (home / "mongod.log.1").read_text() == "a long story"
    assert not mongod.rotate_log(home)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

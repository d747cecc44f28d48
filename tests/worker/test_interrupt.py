import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.working import wait_until

BUSY = """
import hashlib, pathlib, sys
from worker.interrupt import ending_promptly
with ending_promptly(lambda: pathlib.Path(sys.argv[1]).unlink()):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2_000_000_000)  # half an hour in C, deaf to signals
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_even_what_is_deaf_to_it_and_cleans_up(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    left = tmp_path / "scratch"
    left.touch()
    command = [sys.executable, "-c", BUSY, str(left)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        before_s = used_s(process.pid)
        wait_until(lambda: used_s(process.pid) > before_s + 0.2)  # in C, where it is deaf
        process.send_signal(number)
        try:
            assert process.wait(timeout=60) == status
        finally:
            process.kill()
    assert not left.exists()


def used_s(pid: int) -> float:
    """Return the seconds for which a process has kept a processor busy with its own code."""
    return float(psutil.Process(pid).cpu_times().user)


def test_a_background_job_of_a_shell_script_hears_sigint_too() -> None:
    code = (
        "import signal\n"
        "from worker.interrupt import ending_promptly\n"
        "with ending_promptly(lambda: None):\n"
        "    print(signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)\n"
    )
    job = ["sh", "-c", '"$0" -c "$1" & wait', sys.executable, code]
    assert subprocess.run(job, capture_output=True, text=True, check=True).stdout == "True\n"

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BUSY = """
import hashlib, pathlib, sys
from worker.interrupt import ending_promptly
with ending_promptly(lambda: pathlib.Path(sys.argv[1]).unlink()):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000_000)  # minutes in C, deaf to signals
"""


@pytest.mark.alone
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
        time.sleep(0.5)  # until it is deaf
        process.send_signal(number)
        begun = time.monotonic()
        assert process.wait(timeout=10) == status
    assert time.monotonic() - begun < 2
    assert not left.exists()


def test_a_background_job_of_a_shell_script_hears_sigint_too() -> None:
    code = (
        "import signal\n"
        "from worker.interrupt import ending_promptly\n"
        "with ending_promptly(lambda: None):\n"
        "    print(signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)\n"
    )
    job = ["sh", "-c", '"$0" -c "$1" & wait', sys.executable, code]
    assert subprocess.run(job, capture_output=True, text=True, check=True).stdout == "True\n"

"""Interrupts: Ctrl-C and SIGTERM end a command within two seconds, a service within its own time, whatever it is doing.

Python runs signal handlers between bytecodes only, and a batch of inference may take longer than that. So the signal
itself wakes a thread, which ends the process if the main thread hasn't done so in time. Child processes die with it
(extractor.video.sandbox); the embedded database closes by itself (db.embedded.guardian).
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_S = 1.0


class Terminated(KeyboardInterrupt):
    """SIGTERM, treated like Ctrl-C but for the exit code."""


@contextmanager
def ending_promptly(
    clean_up: Callable[[], None] = lambda: None, *, grace_s: float = GRACE_S
) -> Iterator[list[KeyboardInterrupt]]:
    """Run the block; a signal raises KeyboardInterrupt in it, and is in the list that the block is given.

    If it hasn't ended `grace_s` seconds later, `clean_up` runs and the process is killed.
    """
    received: list[KeyboardInterrupt] = []

    def interrupt_block(number: int, frame: FrameType | None) -> None:
        received.append(Terminated() if number == signal.SIGTERM else KeyboardInterrupt())
        raise received[-1]

    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    over = threading.Event()
    previous = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    # Set even if it is ignored: background jobs of a shell script inherit that, and `kill -INT` must still work.
    interrupt, terminate = (signal.signal(number, interrupt_block) for number in (signal.SIGINT, signal.SIGTERM))
    watch = threading.Thread(target=_watch, args=(readable, over, grace_s, clean_up), name="interrupt", daemon=True)
    watch.start()
    try:
        yield received
    finally:
        signal.set_wakeup_fd(previous)
        signal.signal(signal.SIGTERM, terminate)
        signal.signal(signal.SIGINT, interrupt)
        over.set()
        os.close(writable)
        watch.join()
        os.close(readable)


def _watch(readable: int, over: threading.Event, grace_s: float, clean_up: Callable[[], None]) -> None:
    while number := os.read(readable, 1):
        if number[0] in (signal.SIGINT, signal.SIGTERM) and not over.wait(grace_s):
            clean_up()
            os._exit(128 + number[0])

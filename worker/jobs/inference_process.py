"""The inference process: it infers for all extract processes of a device, one network, full batches across trailers.

It holds nothing but the network, so it may be killed at any time: those who wait ask the next one.
"""

import logging
import os
import signal
import socket
import struct
import sys
import threading
import time
from dataclasses import asdict

from extractor.networks.backbone import Backbone, warm_up
from worker.errors import describe
from worker.inference.batching import Batcher
from worker.inference.protocol import ERROR, FRAMES, HELLO, InferenceConnection
from worker.jobs.process import PATIENCE_S
from worker.log import start_log
from worker.runtime import Runtime
from worker.settings import own_settings

BATCH_S = 120.0  # a batch takes a second or two on a slow machine
AGAIN_S = 30.0
HUNG, NOT_READY = 71, 1  # exit statuses
log = logging.getLogger("trailers")


def serve(runtime: Runtime, listener: socket.socket) -> int:
    """Infer for all who connect, until the process is killed; return an exit status if the network can't load."""
    try:
        backbone = runtime.network
        warm_up(backbone)
    except Exception as exc:  # noqa: BLE001 - whatever is missing, an operator must be told
        error = describe(exc)
        log.error("%s: %s; jobs of lane extract wait", error.code, error.message)  # noqa: TRY400 - one line is enough
        time.sleep(AGAIN_S)
        return NOT_READY
    batcher = Batcher(backbone, size=backbone.batch_size, dim=backbone.dim)
    threading.Thread(target=_accept, args=(listener, backbone, batcher), name="accept", daemon=True).start()
    threading.Thread(target=_watch, args=(batcher,), name="watch", daemon=True).start()
    batcher.run()
    return 0


def _accept(listener: socket.socket, backbone: Backbone, batcher: Batcher) -> None:
    try:
        while True:
            connection, _ = listener.accept()
            if _user(connection) == os.getuid():
                wire = InferenceConnection(connection, frame_size=backbone.frame_size, dim=backbone.dim)
                threading.Thread(target=_answer, args=(wire, backbone, batcher), name="answer", daemon=True).start()
            else:
                connection.close()
    except OSError as exc:
        log.error("no process can connect any more (%s)", exc)  # noqa: TRY400 - one line is enough
    finally:
        batcher.stop()  # the supervisor starts another


def _answer(connection: InferenceConnection, backbone: Backbone, batcher: Batcher) -> None:
    """Answer one extract process until it goes away."""
    try:
        hello = {"features_id": backbone.features_id, "provenance": asdict(backbone.provenance)}
        connection.send_text(HELLO, hello)
        while True:
            _, frames = connection.receive(FRAMES)
            try:
                vectors = batcher.infer(frames)
            except Exception as exc:  # noqa: BLE001 - another process's border: it must be told
                connection.send_text(ERROR, describe(exc).message)
            else:
                connection.send_vectors(vectors)
    except (OSError, ValueError):
        connection.close()


def _watch(batcher: Batcher) -> None:
    """End this process if a batch never ends: those who wait ask the next one."""
    while batcher.busy_s() < BATCH_S:
        time.sleep(1)
    log.error("a batch took more than %.0f s: ending this process", BATCH_S)
    os._exit(HUNG)


def _user(connection: socket.socket) -> int:
    """Return the user of the process at the other end."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


if __name__ == "__main__":
    start_log(f"inference/{os.getpid()}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the supervisor
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # running work may need this process; the supervisor kills it last
    with Runtime(own_settings(), patience_s=PATIENCE_S) as own:
        status = serve(own, socket.socket(fileno=int(sys.argv[1])))
    logging.shutdown()
    os._exit(status)  # TensorFlow's tear-down saves nothing

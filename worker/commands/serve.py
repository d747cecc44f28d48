"""Serve the page and the HTTP API, without workers, until Ctrl-C

Submitted jobs wait for trailers worker; trailers up runs both. Without tokens only this machine has access.

TRAILERS_TOKENS is a comma-separated list of NAME=sha256:DIGEST, TRAILERS_TOKENS_FILE names a file of such lines. A
program sends its token as Authorization: Bearer TOKEN; a person signs in with it. TRAILERS_REQUESTS_PER_MINUTE (600)
and TRAILERS_OPEN_JOBS (100000) limit each token.

examples:
  trailers serve
  trailers serve --new-token anna >> tokens.txt         prints the token on stderr, its digest on stdout
  TRAILERS_TOKENS_FILE=tokens.txt trailers serve --host 0.0.0.0 --port 80
  curl -H 'Content-Type: application/json' -d '{"source": "https://youtu.be/eRsGyueVLvQ"}' localhost:8000/v1/jobs
"""

import argparse
import os
import sys
from pathlib import Path

from worker.service.tokens import new_token
from worker.service.web_listening import ONE_THREAD
from worker.service.web_settings import read_web_settings
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--host", metavar="ADDRESS", help="the address to listen on (TRAILERS_HOST, 127.0.0.1)")
    parser.add_argument("--port", metavar="PORT", help="the port, 0 for any free one (TRAILERS_PORT, 8000)")
    parser.add_argument("--new-token", metavar="NAME", help="make a token for NAME, and do nothing else")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Become the process that serves the page."""
    if arguments.new_token is not None:
        return _make_token(arguments.new_token)
    for name, value in (("TRAILERS_HOST", arguments.host), ("TRAILERS_PORT", arguments.port)):
        if value is not None:
            os.environ[name] = value
    read_web_settings(os.environ, dotenv=Path(".env"))
    sys.stdout.flush()
    command = [sys.executable, "-P", "-m", "web"]
    return os.execve(sys.executable, command, {**os.environ, **ONE_THREAD})  # noqa: S606 - no shell; worker may not import web


def _make_token(name: str) -> int:
    token, line = new_token(name)
    print(line)
    print(f"The token, shown this once: {token}", file=sys.stderr)
    return 0

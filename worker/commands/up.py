"""The whole service on this machine: database, workers, sweeper and the page, until Ctrl-C

Prints the database's connection string, and on stderr the address of the page. TRAILERS_HOST and TRAILERS_PORT say
where it is served (127.0.0.1:8000); trailers serve --help tells of tokens for others.

examples:
  trailers up
  trailers up --no-page
  trailers submit https://youtu.be/eRsGyueVLvQ && trailers jobs list
"""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--no-page", action="store_true", help="serve no page and no API")


def run(arguments: argparse.Namespace, settings: "Settings") -> int:
    """Run everything until a signal ends it."""
    from worker.inference.capacity import ALL_LANES
    from worker.runtime import Runtime
    from worker.service.service import serve

    page = None if arguments.no_page else _listen()
    with Runtime(settings) as runtime:
        print(runtime.database_uri, flush=True)
        serve(runtime, ALL_LANES, say=_say, page=page)
    return 0


def _listen() -> "socket.socket":
    from worker.service.web_listening import listen, url_of
    from worker.service.web_settings import settings_here

    web = settings_here()
    listener = listen(web)
    _say(f"The page: {url_of(web, listener)}")
    return listener


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

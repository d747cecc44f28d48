"""Run the whole service on this machine until Ctrl-C: database, workers, sweeper and page

Prints the database's connection string, and on stderr the address of the page. TRAILERS_HOST and TRAILERS_PORT say
where it is served (127.0.0.1:8000); trailers serve --help explains tokens for others.

examples:
  trailers up
  trailers up --no-page
  trailers submit https://youtu.be/eRsGyueVLvQ && trailers jobs list
"""

import argparse
import os
import socket
from pathlib import Path

from worker.commands.output import say
from worker.inference.capacity import ALL_LANES
from worker.runtime import Runtime
from worker.service.service import serve
from worker.service.web_listening import listen, url_of
from worker.service.web_settings import read_web_settings
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--no-page", action="store_true", help="do not serve the page and the API")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run everything until a signal ends it."""
    page = None if arguments.no_page else _listen()
    with Runtime(settings) as runtime:
        print(runtime.database_uri, flush=True)
        serve(runtime, ALL_LANES, say=say, page=page)
    return 0


def _listen() -> socket.socket:
    web = read_web_settings(os.environ, dotenv=Path(".env"))
    listener = listen(web)
    say(f"The page: {url_of(web, listener)}")
    return listener

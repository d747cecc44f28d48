"""The page renderer: the shell around every page, and the page itself."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from db.errors import StoreError
from db.library_records import LibraryQuery, LibraryTrailer
from db.queue.job_records import RUNNING
from db.queue.jobs import JobFilter
from web.rendering import make_environment
from web.service import Service

RECOUNT_S = 2.0  # between two counts of the numbers beside the navigation
OPEN = ("queued", *RUNNING)
TO_REVIEW = LibraryQuery(reviewed=False, order="disagreement")


def make_page_router() -> APIRouter:
    """Return a router of pages, which OpenAPI doesn't list."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shows around its content; `signed_in` is None where nobody needs to sign in."""

    section: str
    version: str
    signed_in: bool | None = None
    n_running: int = 0
    n_to_review: int = 0


class PageRenderer:
    """Renders the pages of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._environment = make_environment()
        self._version = version("trailers")
        self._counted_at = float("-inf")
        self._counts = (0, 0)

    def show(self, name: str, section: str, view: Mapping[str, object]) -> HTMLResponse:
        """Return the page `name`, whose template is given `view`."""
        return self._render(name, self._shell(section), view)

    def show_error(self, status: int, code: str, message: str) -> HTMLResponse:
        """Return the page of an error, without asking the database."""
        view = {"status": status, "code": code, "message": message}
        return self._render("error", Shell("", self._version), view, status=status)

    def show_card(self, trailer: LibraryTrailer) -> HTMLResponse:
        """Return the card of a trailer, for a page that is shown already."""
        cards: Any = self._environment.get_template("parts/cards.html").module
        return HTMLResponse(str(cards.trailer_card(trailer)))

    def show_login(self, next_url: str, *, wrong: bool = False) -> HTMLResponse:
        """Return the page where people sign in, again after a `wrong` token; it shows strangers nothing."""
        shell = Shell("login", self._version, signed_in=False)
        return self._render("login", shell, {"next_url": next_url, "wrong": wrong}, status=401 if wrong else 200)

    def _render(self, name: str, shell: Shell, view: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
        return HTMLResponse(self._environment.get_template(f"{name}.html").render(shell=shell, view=view), status)

    def _shell(self, section: str) -> Shell:
        if time.monotonic() > self._counted_at + RECOUNT_S:
            self._counts = self._count()
            self._counted_at = time.monotonic()
        n_running, n_to_review = self._counts
        signed_in = True if self._service.web.tokens else None
        return Shell(section, self._version, signed_in, n_running, n_to_review)

    def _count(self) -> tuple[int, int]:
        store = self._service.store
        try:
            running = store.jobs.count(JobFilter(stages=OPEN))
            return sum(running.values()), store.library.count(TO_REVIEW)
        except StoreError:
            return 0, 0


def find_renderer(request: Request) -> PageRenderer:
    """Return the renderer of a request's application."""
    renderer: PageRenderer = request.app.state.renderer
    return renderer


def show_page(request: Request, name: str, *, section: str | None = None, **view: object) -> HTMLResponse:
    """Return the page `name`, whose template is given `view`, in a section of the navigation, by default its own."""
    return find_renderer(request).show(name, section or name, view)

"""Showing a page: what is around it, and the page itself."""

import time
from importlib.metadata import version

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from db.errors import StoreError
from db.library_records import LibraryQuery
from db.queue.job_records import RUNNING
from db.queue.jobs import JobFilter
from web.rendering import make_environment, render
from web.service import Service
from web.views import ErrorPage, Shell

COUNTED_S = 2.0  # so long the numbers beside the navigation are believed
TO_REVIEW = LibraryQuery(reviewed=False, order="disagreement")


def make_page_router() -> APIRouter:
    """Return a router of pages, which OpenAPI doesn't list."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class Pages:
    """The pages of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._environment = make_environment()
        self._version = version("trailers")
        self._counted_at = float("-inf")
        self._counts = (0, 0)

    def show(self, name: str, section: str, view: object, *, status: int = 200) -> HTMLResponse:
        """Return the page `name` with its view record."""
        return HTMLResponse(render(self._environment, name, shell=self._shell(section), view=view), status)

    def show_error(self, view: ErrorPage) -> HTMLResponse:
        """Return the page that tells of an error, without asking the database."""
        shell = Shell("", self._version)
        return HTMLResponse(render(self._environment, "error", shell=shell, view=view), view.status)

    def show_login(self, view: object, *, status: int = 200) -> HTMLResponse:
        """Return the page where people sign in, which tells strangers nothing."""
        shell = Shell("login", self._version, signed_in=False)
        return HTMLResponse(render(self._environment, "login", shell=shell, view=view), status)

    def _shell(self, section: str) -> Shell:
        if time.monotonic() > self._counted_at + COUNTED_S:
            self._counts = self._count()
            self._counted_at = time.monotonic()
        n_running, n_to_review = self._counts
        signed_in = True if self._service.web.tokens else None
        return Shell(section, self._version, signed_in, n_running, n_to_review)

    def _count(self) -> tuple[int, int]:
        store = self._service.store
        try:
            running = store.jobs.count(JobFilter(stages=("queued", *RUNNING)))
            return sum(running.values()), store.library.count(TO_REVIEW)
        except StoreError:
            return 0, 0


def pages_of(request: Request) -> Pages:
    """Return the pages of the application that a request has come to."""
    pages: Pages = request.app.state.pages
    return pages

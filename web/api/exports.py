"""Exports: what is stored as tables to be downloaded."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from web.api.routing import ServiceDep, make_router
from web.library_search import Filters
from web.tables import describe_table, send_table
from worker.exporting.tables import TextFormat
from worker.exporting.tags import tag_table

router = make_router("exports")


class TagExport(Filters):
    """The parameters of an export: which trailers, as in a search, and in which form."""

    format: TextFormat = Field(default="csv", description="a table, or JSON lines")


@router.get(
    "/export/tags", response_class=StreamingResponse, responses=describe_table("one row for each trailer, newest first")
)
def download_tags(wanted: Annotated[TagExport, Query()], service: ServiceDep) -> StreamingResponse:
    """Download the tags of all trailers that match: the house's, the verdict's, people's, and those in effect."""
    return send_table(tag_table(service.runtime, wanted.to_query(service.store)), "trailers-tags", wanted.format)

"""The house taxonomy: the words of a house, and the genres that each means."""

from typing import Annotated

from fastapi import Query

from db.labelling.taxonomies import TaxonomyRecord
from web.api.routing import ServiceDep, make_router
from web.tag_responses import Taxonomy

router = make_router("taxonomy")
Version = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="an earlier version; the one in use unless given")
]


@router.get("/taxonomy", response_model=Taxonomy)
def get_taxonomy(service: ServiceDep, version: Version = None) -> TaxonomyRecord:
    """Return the house taxonomy, 404 where none was imported; a word without genres is not a genre."""
    return service.store.taxonomies.get(version)

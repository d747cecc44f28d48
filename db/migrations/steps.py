"""The steps in their order: step n brings data of version n to version n + 1."""

from collections.abc import Callable

from db.access import Access
from db.migrations import m0001_layers, m0002_search, m0003_model_changes

STEPS: tuple[Callable[[Access], None], ...] = (m0001_layers.migrate, m0002_search.migrate, m0003_model_changes.migrate)


def migrate(access: Access, *, version: int) -> None:
    """Take the steps from this version on; one that was cut off goes on where it stopped."""
    for number, step in enumerate(STEPS, start=1):
        if number >= version:
            step(access)
            done = {"$max": {"schema_version": number + 1}}
            access.collection("meta").update_one({"_id": "schema"}, done, upsert=True)

"""Step 3: the models in use get an entry in the history of what is in use."""

from db.access import Access
from db.registry.model_changes import ModelChanges


def migrate(access: Access) -> None:
    """Enter the models in use where there is no history."""
    ModelChanges(access).adopt()

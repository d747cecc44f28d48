"""The base of the bodies of the API: what stands below a field describes it in OpenAPI."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ApiModel(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(use_attribute_docstrings=True)


Next = Annotated[str | None, Field(description="the cursor of the next page, null on the last")]

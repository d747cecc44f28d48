"""The base of the bodies of the API: what stands below a field describes it in OpenAPI."""

from pydantic import BaseModel, ConfigDict


class ApiModel(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(use_attribute_docstrings=True)

"""OpenAPI in words: what the page of the API's documentation says of a schema and of a body."""

import json
from collections.abc import Mapping
from typing import Any


def describe_type(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in a few words."""
    if name := _schema_name(schema):
        return name
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(describe_type(each) for each in schema[union]))
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {describe_type(schema.get('items', {}))}"
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {'' if low is None else low}..{'' if high is None else high}" if (low, high) != (None, None) else ""
    return f"{schema.get('type', 'any')}{span}"


def describe_body(body: Mapping[str, Any]) -> str:
    """Return the name of a body's schema, else its media types."""
    content = body.get("content", {})
    names = [_schema_name(media.get("schema", {})) for media in content.values()]
    return next(filter(None, names), ", ".join(content))


def find_example(body: Mapping[str, Any]) -> str:
    """Return the first example of a body, an empty text without one."""
    schemas = [media.get("schema", {}) for media in body.get("content", {}).values()]
    return next((str(schema["example"]) for schema in schemas if "example" in schema), "")


def _schema_name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]

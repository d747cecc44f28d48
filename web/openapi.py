"""OpenAPI: what FastAPI leaves out of the document, and what the page of the documentation says of its schemas."""

import json
from collections.abc import Collection, Mapping
from typing import Any

SERVERS = [{"url": "/", "description": "this service"}]
SECURITY = {"token": {"type": "http", "scheme": "bearer", "description": "a token, where the service needs one"}}
HEADERS = {
    "X-Request-ID": ("string", "the request's id: the one that it brought, or a new one; the log has it"),
    "RateLimit-Limit": ("integer", "requests a minute"),
    "RateLimit-Remaining": ("integer", "requests that are left just now"),
    "RateLimit-Reset": ("integer", "seconds until all of them are left again"),
}
UNSAID = "Successful Response"  # what FastAPI says where nothing is said
TAGS = {
    "jobs": "One request to analyse one trailer.",
    "batches": "Lists of trailers, each row a job.",
    "webhooks": "Notifications of finished jobs and batches.",
    "uploads": "Videos and posters for jobs to name.",
    "library": "All trailers together, counted, and many changed at once.",
    "trailers": "What is stored about each trailer.",
    "reviews": "What people decide about trailers' genres.",
    "audit": "Tags that are likely wrong.",
    "predictions": "A poster or a plot alone.",
    "models": "What predicts, and what did.",
    "taxonomy": "The words of your house.",
    "exports": "What is stored, as tables.",
    "health": "Whether the service lives and can work.",
}


def complete(document: dict[str, Any], *, open_paths: Collection[str]) -> dict[str, Any]:
    """Return an OpenAPI document with how callers are known, and the headers that every response has."""
    document["components"]["securitySchemes"] = SECURITY
    document["components"]["headers"] = {
        name: {"schema": {"type": kind}, "description": text} for name, (kind, text) in HEADERS.items()
    }
    document["security"] = [{"token": []}, {}]  # none is needed where the service has no tokens
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path in open_paths:
                operation["security"] = []
            names = HEADERS if path.startswith("/v1/") else ["X-Request-ID"]
            for response in operation["responses"].values():
                if response["description"] == UNSAID:
                    response["description"] = _describe_response(document, response)
                response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return document


def _describe_response(document: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    """Return what the schema of a response says of itself."""
    name = describe_body(response)
    schema = document["components"]["schemas"].get(name, {})
    return str(schema.get("description", "it is done")).partition("\n\n")[0].replace("\n", " ")


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

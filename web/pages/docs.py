"""The API's documentation, from OpenAPI, as a page without scripts."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.api.routing import ERRORS
from web.pages.renderer import make_page_router, pages_of

router = make_page_router()
ERRORS_FROM = "400"
METHODS = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body: where it stands, what it may be, and what it means."""

    name: str
    place: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back: the HTTP status, its meaning, and the schema's name, if it has one."""

    status: str
    about: str
    schema: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for; `body` names the schema or media types sent, `errors` are statuses."""

    method: str
    path: str
    anchor: str
    title: str
    about: str
    fields: tuple[Field, ...]
    body: str
    example: str
    answers: tuple[Answer, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A named body, with its fields."""

    name: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class DocsPage:
    """The whole API: operations by tag, the schemas they name, and what the statuses of errors mean."""

    operations: dict[str, tuple[Operation, ...]]
    errors: tuple[Answer, ...]
    schemas: tuple[Schema, ...]


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show what the API can be asked."""
    return pages_of(request).show("docs", "docs", docs_page(request.app.openapi()))


def docs_page(openapi: dict[str, Any]) -> DocsPage:
    """Return the page of an OpenAPI document."""
    operations: dict[str, list[Operation]] = {}
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method].get("tags", ["other"])[0]
                operations.setdefault(tag, []).append(_operation(method, path, item[method]))
    schemas = openapi["components"]["schemas"]
    return DocsPage(
        {tag: tuple(found) for tag, found in operations.items()},
        tuple(Answer(str(status), str(error["description"]), "") for status, error in ERRORS.items()),
        tuple(_schema(name, schema) for name, schema in sorted(schemas.items())),
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> Operation:
    body, example = _body(operation.get("requestBody"))
    about = str(operation.get("description", ""))
    return Operation(
        method=method.upper(),
        path=path,
        anchor=str(operation["operationId"]),
        title=about.split(". ")[0].rstrip("."),
        about=about,
        fields=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
        body=body,
        example=example,
        answers=tuple(
            Answer(status, str(answer.get("description", "")), _answer_schema(answer))
            for status, answer in sorted(operation["responses"].items())
            if status < ERRORS_FROM
        ),
        errors=tuple(status for status in sorted(operation["responses"]) if status >= ERRORS_FROM),
    )


def _parameter(parameter: dict[str, Any]) -> Field:
    schema = parameter.get("schema", {})
    about = str(parameter.get("description") or schema.get("description") or "")
    return Field(parameter["name"], parameter["in"], _kind(schema), bool(parameter.get("required")), about)


def _schema(name: str, schema: dict[str, Any]) -> Schema:
    required = schema.get("required", ())
    fields = tuple(
        Field(field, "", _kind(inner), field in required, str(inner.get("description", "")))
        for field, inner in schema.get("properties", {}).items()
    )
    return Schema(name, " ".join(str(schema.get("description", "")).split()), fields)


def _body(body: dict[str, Any] | None) -> tuple[str, str]:
    """Return the schema or media types of what is sent, and an example of it."""
    if body is None:
        return "", ""
    content = body["content"]
    name = _ref(next(iter(content.values())).get("schema", {}))
    examples = [media["schema"]["example"] for media in content.values() if "example" in media.get("schema", {})]
    return name or ", ".join(content), str(examples[0]) if examples else ""


def _answer_schema(answer: dict[str, Any]) -> str:
    content = answer.get("content", {})
    return next((_ref(media.get("schema", {})) or kind for kind, media in content.items()), "")


def _kind(schema: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if name := _ref(schema):
        return name
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[union]))
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {'' if low is None else low}..{'' if high is None else high}" if (low, high) != (None, None) else ""
    return f"{schema.get('type', 'any')}{span}"


def _ref(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]

"""The API's own description, OpenAPI 3.1, made from the table of routes and the records' types."""

import re
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from shancheng.doors.api.form import Body
from shancheng.doors.api.problem import Error
from shancheng.doors.api.routes import PERMISSIONS, ROUTES, Parameter, Route

REFERENCE = "#/components/schemas/{name}"
ABOUT = """Every matter a city undertakes to settle, from the first word to the last check.

Version 1. A request may name it: `Accept: application/vnd.shancheng.v1+json`; every answer carries
`Shancheng-Version: 1`. Within a version fields and verbs are only ever added.

* Tokens: `Authorization: Bearer ...`. Residents may report without one and are given a token to follow by.
* Times are ISO 8601 with a zone, both ways. Places are numbers or codes.
* `Idempotency-Key`: the same key with the same act is answered with the same receipt, `repeated: true`.
* `ETag` of a matter, sent back as `If-Match`, keeps an act from being done on what has changed meanwhile.
* Whatever goes wrong is answered as `{"error": {"code", "message", "field", "request"}}`."""
HEADERS = (
    ("Idempotency-Key", "Key under which a repeat is given the same receipt."),
    ("If-Match", "ETag of the matter as the sender saw it."),
)


@cache
def description() -> bytes:
    """The whole description as JSON."""
    return msgspec.json.encode(_description())


def _description() -> dict[str, Any]:
    operations = [operation for route in ROUTES for operation in _operations(route)]
    types = [Error, *(kind for _, _, route, takes in operations for kind in (route.gives, takes) if kind is not None)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for path, verb, route, takes in operations:
        paths.setdefault(path, {})[route.method.lower()] = _operation(path, verb, route, takes, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shancheng",
            "version": version("shancheng"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operations(route: Route) -> list[tuple[str, str, Route, Any]]:
    """Path, verb, route and type of the body; the route of all verbs becomes one path a verb."""
    if not isinstance(route.takes, dict):
        return [(route.path, "", route, route.takes)]
    bodies: dict[str, Body[Any]] = route.takes
    return [(route.path.replace("{verb}", verb), verb, route, body.type) for verb, body in bodies.items()]


def _operation(path: str, verb: str, route: Route, takes: Any, schemas: dict[int, Any]) -> dict[str, Any]:
    about = (takes.__doc__ or route.about) if verb else route.about
    parameters = [_in_path(name) for name in re.findall(r"{(\w+)}", path)] + [_in_query(one) for one in route.query]
    if route.method == "POST":
        parameters += [{"name": n, "in": "header", "description": a, "schema": {"type": "string"}} for n, a in HEADERS]
    found: dict[str, Any] = {
        "operationId": _operation_id(route.method, path),
        "summary": about,
        "x-permission": route.permission,
        "description": PERMISSIONS[route.permission],
        "security": _security(route),
        "parameters": parameters,
        "responses": _responses(route, schemas),
    }
    if takes is not None:
        needed = any(field.required for field in msgspec.structs.fields(takes))
        content = {"application/json": {"schema": schemas[id(takes)]}}
        found["requestBody"] = {"required": needed, "content": content}
    return found


def _operation_id(method: str, path: str) -> str:
    words = re.findall(r"[a-z]+", path.replace("openapi.json", "openapi"))
    return "_".join([method.lower(), *words])


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.permission == "anybody":
        return []
    return [{}, {"token": []}] if route.permission == "reporter" else [{"token": []}]


def _in_path(name: str) -> dict[str, Any]:
    about = {"matter": "Number of the matter.", "place": "Number or code of the place.", "lane": "Name of the lane."}
    return {"name": name, "in": "path", "required": True, "description": about[name], "schema": {"type": "string"}}


def _in_query(one: Parameter) -> dict[str, Any]:
    text = {"type": "string"}
    schema = {"type": "array", "items": text} if one.many else text
    return {"name": one.name, "in": "query", "required": one.required, "description": one.about, "schema": schema}


def _responses(route: Route, schemas: dict[int, Any]) -> dict[str, Any]:
    wrong = {"application/json": {"schema": schemas[id(Error)]}}
    return {
        str(route.status): {
            "description": route.about,
            "content": {route.content: {"schema": schemas[id(route.gives)]}},
        },
        "default": {"description": "What is wrong, in one shape.", "content": wrong},
    }

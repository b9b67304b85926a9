"""The operations that a load requests: from the card, or from the OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from msgspec import Meta, Struct

from checks.core.base import Tools
from checks.core.errors import UnreadableError
from checks.openapi.document import Document, Operation, read_document

_PATH_PARAMETER = re.compile(r"\{([^{}/]*)\}")
_SAFE_IN_PATH = "/%?&=:@!$'()*+,;~"


class WeightedPath(Struct, frozen=True, kw_only=True):
    """An operation that the load requests, and its share of the requests."""

    get: Annotated[str, Meta(pattern=r"^/\S*$", description="the path to request on the target")]
    weight: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="its share of the requests, relative to the others"),
    ] = 1


class LoadOperation(Struct, frozen=True):
    """The path to request with its query, the operation's name, and its relative weight."""

    path: str
    name: str
    weight: int


def operations_of_card(paths: tuple[WeightedPath, ...], tools: Tools) -> list[LoadOperation]:
    """Return the operations that a card lists; raises UnsetVariableError."""
    return [
        LoadOperation(_quoted(tools.expand(path.get), _SAFE_IN_PATH), path.get, path.weight)
        for path in paths
    ]


async def operations_of_document(openapi: str, tools: Tools) -> list[LoadOperation]:
    """Return the GET operations of an OpenAPI document whose parameters have values.

    If any are public, only those. A path parameter, and a required query parameter, takes its
    example, default or first allowed value; an operation without one is left out. Raises
    UnreadableError if no operation is left.
    """
    api = await read_document(tools.path(openapi), openapi)
    gets = [operation for operation in api.operations() if operation.method == "GET"]
    public = [operation for operation in gets if operation.public]
    load_operations = [
        load_operation
        for operation in public or gets
        if (load_operation := _load_operation(api, operation))
    ]
    if not load_operations:
        raise UnreadableError(
            f"{openapi} has no GET operation whose parameters all have examples: name `operations`"
        )
    return load_operations


def _load_operation(api: Document, operation: Operation) -> LoadOperation | None:
    values = dict(_parameter_values(api, operation))
    in_path = {name: value for (location, name), value in values.items() if location == "path"}
    if not all(in_path.get(name) for name in _PATH_PARAMETER.findall(operation.path)):
        return None
    in_query = {name: value for (location, name), value in values.items() if location == "query"}
    if not all(in_query.values()) or not operation.path.startswith("/"):
        return None
    path = _PATH_PARAMETER.sub(lambda match: _quoted(in_path[match[1]] or "", ""), operation.path)
    query = f"?{urlencode(in_query, errors='replace')}" if in_query else ""
    weight = operation.node.get("x-weight", 1)
    is_valid = isinstance(weight, int) and not isinstance(weight, bool) and 1 <= weight <= 1_000_000
    name = operation.path.encode("utf-8", "replace").decode()
    return LoadOperation(_quoted(path, _SAFE_IN_PATH) + query, name, weight if is_valid else 1)


def _quoted(text: str, safe: str) -> str:
    # JSON may hold an unpaired surrogate, which a URL cannot.
    return quote(text, safe=safe, errors="replace")


def _parameter_values(
    api: Document, operation: Operation
) -> Iterator[tuple[tuple[str, str], str | None]]:
    """Yield location, name and value of each parameter that must be sent; None without a value."""
    for nodes in (*operation.shared, operation.node.get("parameters")):
        for node in nodes if isinstance(nodes, list) else ():
            parameter = _resolved(api, node)
            location, name = parameter.get("in"), parameter.get("name")
            is_required = location == "path" or (
                location == "query" and parameter.get("required") is True
            )
            if isinstance(name, str) and is_required:
                yield (str(location), name), _example(api, parameter)


def _example(api: Document, parameter: Mapping[str, Any]) -> str | None:
    schema = _resolved(api, parameter.get("schema"))
    named = parameter.get("examples")
    first = next(iter(named.values()), None) if isinstance(named, Mapping) else None
    lists = (schema.get("examples"), schema.get("enum"))
    firsts = [values[0] for values in lists if isinstance(values, list) and values]
    for value in (
        parameter.get("example"),
        _resolved(api, first).get("value"),
        schema.get("example"),
        schema.get("default"),
        *firsts,
    ):
        if isinstance(value, str | int | float) and str(value):
            return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def _resolved(api: Document, node: Any) -> Mapping[str, Any]:
    if isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        node = api.resolve(node["$ref"])
    return node if isinstance(node, Mapping) else {}

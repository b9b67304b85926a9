"""Which operations a load asks, and how often: from the card, or from the OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from msgspec import Meta, Struct

from checks.core.base import Tools
from checks.core.errors import UnreadableError
from checks.openapi.document import Document, Operation, read_document

_HELD = re.compile(r"\{([^{}/]*)\}")
_SAFE = "/%?&=:@!$'()*+,;~"


class Weighted(Struct, frozen=True, kw_only=True):
    """An operation that a load asks, and how often beside the others."""

    get: Annotated[str, Meta(pattern=r"^/\S*$", description="its path on the target")]
    weight: Annotated[int, Meta(ge=1, le=1_000_000, description="its share of the requests")] = 1


class LoadOperation(Struct, frozen=True):
    """What is asked: the whole path with its query, what to call it, and its weight."""

    path: str
    name: str
    weight: int


def listed_by(operations: tuple[Weighted, ...], tools: Tools) -> list[LoadOperation]:
    """Give the operations of a card; raises UnsetVariableError."""
    return [
        LoadOperation(_quoted(tools.expand(each.get), _SAFE), each.get, each.weight)
        for each in operations
    ]


async def described_by(openapi: str, tools: Tools) -> list[LoadOperation]:
    """Give the operations of an OpenAPI document that GET can ask as they stand.

    Where some are marked as public, it is these alone. A path parameter, and a query parameter that
    is required, takes its example, default or first allowed value; without one the operation is
    left out. Raises UnreadableError when none is left.
    """
    api = await read_document(tools.path(openapi), openapi)
    reading = [each for each in api.operations() if each.method == "GET"]
    public = [each for each in reading if each.public]
    made = [asked for each in public or reading if (asked := _asked(api, each))]
    if not made:
        raise UnreadableError(
            f"{openapi} holds no GET operation that can be asked as it stands: name `operations`"
        )
    return made


def _asked(api: Document, operation: Operation) -> LoadOperation | None:
    given = dict(_examples(api, operation))
    in_path = {name: value for (place, name), value in given.items() if place == "path"}
    if not all(in_path.get(name) for name in _HELD.findall(operation.path)):
        return None
    in_query = {name: value for (place, name), value in given.items() if place == "query"}
    if not all(in_query.values()) or not operation.path.startswith("/"):
        return None
    path = _HELD.sub(lambda found: _quoted(in_path[found[1]] or "", ""), operation.path)
    query = f"?{urlencode(in_query, errors='replace')}" if in_query else ""
    weight = operation.node.get("x-weight", 1)
    is_whole = isinstance(weight, int) and not isinstance(weight, bool) and 1 <= weight <= 1_000_000
    name = operation.path.encode("utf-8", "replace").decode()
    return LoadOperation(_quoted(path, _SAFE) + query, name, weight if is_whole else 1)


def _quoted(text: str, safe: str) -> str:
    # JSON may hold half a character, which no address can.
    return quote(text, safe=safe, errors="replace")


def _examples(api: Document, operation: Operation) -> Iterator[tuple[tuple[str, str], str | None]]:
    """Give for each parameter that must be filled what to fill it with; None when nothing is."""
    for group in (*operation.shared, operation.node.get("parameters")):
        for node in group if isinstance(group, list) else ():
            found = _followed(api, node)
            place, name = found.get("in"), found.get("name")
            if isinstance(name, str) and (
                place == "path" or (place == "query" and found.get("required") is True)
            ):
                yield (str(place), name), _example(api, found)


def _example(api: Document, parameter: Mapping[str, Any]) -> str | None:
    schema = _followed(api, parameter.get("schema"))
    named = parameter.get("examples")
    first = next(iter(named.values()), None) if isinstance(named, Mapping) else None
    lists = (schema.get("examples"), schema.get("enum"))
    firsts = [each[0] for each in lists if isinstance(each, list) and each]
    for value in (
        parameter.get("example"),
        _followed(api, first).get("value"),
        schema.get("example"),
        schema.get("default"),
        *firsts,
    ):
        if isinstance(value, str | int | float) and str(value):
            return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def _followed(api: Document, node: Any) -> Mapping[str, Any]:
    if isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        node = api.resolve(node["$ref"])
    return node if isinstance(node, Mapping) else {}

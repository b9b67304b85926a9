"""An operation of an OpenAPI document made into a question: its path filled, its body harmless."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from checks.openapi.document import Document, Operation

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""Methods that change nothing by what HTTP says of them."""

_NAME = re.compile(r"\{([^{}/]*)\}")
_MOST_DEPTH = 20
_MOST_NESTED, _MOST_PARTS = 3, 16
"""What is nested deeper, or has more parts, is taken for a schema that says nothing."""

_IMPOSSIBLE_NUMBER = 2**31 - 1
_IMPOSSIBLE = {"uuid": "ffffffff-ffff-4fff-bfff-ffffffffffff"}
_POSSIBLE = {"date", "date-time", "time"}
"""Formats of a text whose every value may be one that exists."""

_ANY = ("array", "object", "string", "number", "integer", "boolean", "null")
_HARMLESS = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "2001-01-01",
    "date-time": "2001-01-01T00:00:00Z",
    "email": "nobody@example.invalid",
}
_UNREADABLE = ("text/x-cockpit-probe", b"cockpit: a body that nothing can read")


class SampleRequest(Struct, frozen=True):
    """What to send; `filled` when something in it was made up, so that it may not be found."""

    name: str
    method: str
    path: str
    filled: bool = False
    body: bytes | None = None
    content_type: str = ""


def question(api: Document, operation: Operation) -> SampleRequest | None:
    """Make a question of an operation; None where a broken guard would let it change something.

    A safe method gets the document's examples, else a plain value of the type. Another one gets
    ids that nothing has, and a body in which nothing fits; one of the two at least must protect.
    """
    parameters = _parameters(api, operation)
    names = _NAME.findall(operation.path)
    of = {name: parameters.get(("path", name), {}) for name in names}
    harmless = {name: _harmless(api, each) for name, each in of.items()}
    if operation.method in SAFE:
        needed = _needed(api, parameters)
        path = _filled(operation.path, harmless) + (f"?{_query(needed)}" if needed else "")
        return SampleRequest(operation.name, operation.method, path, bool(names or needed))
    body = _body(api, operation)
    impossible = {name: _impossible(api, each) for name, each in of.items()}
    if not (body or _protects(operation, impossible)):
        return None
    content_type, content = body or ("", None)
    path = _filled(operation.path, {name: impossible[name] or harmless[name] for name in names})
    return SampleRequest(operation.name, operation.method, path, True, content, content_type)


def _protects(operation: Operation, impossible: Mapping[str, str | None]) -> bool:
    """Tell whether ids alone keep an operation from changing anything.

    What is put at an id that nothing has may come into being there.
    """
    creates = operation.method != "DELETE" and operation.path.rstrip("/").endswith("}")
    return bool(impossible) and None not in impossible.values() and not creates


def _query(values: Mapping[str, str]) -> str:
    # JSON may hold half a character, which no address can.
    return urlencode(values, errors="replace")


def _filled(path: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: quote(values[found[1]], safe="", errors="replace"), path)


def _parameters(api: Document, operation: Operation) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Give an operation's parameters by place and name; its own come over those of its path."""
    found = {}
    for several in (*operation.shared, operation.node.get("parameters")):
        for each in several if isinstance(several, list) else ():
            parameter = _followed(api, each)
            found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return found


def _followed(api: Document, node: Any) -> Mapping[str, Any]:
    for _ in range(_MOST_DEPTH):
        if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
            break
        node = api.follow(node["$ref"])
    return node if isinstance(node, Mapping) else {}


def _needed(
    api: Document, parameters: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, str]:
    """Fill the parameters of the query that a caller must give."""
    return {
        name: _harmless(api, each)
        for (place, name), each in parameters.items()
        if place == "query" and each.get("required") is True
    }


def _harmless(api: Document, parameter: Mapping[str, Any]) -> str:
    schema = _followed(api, parameter.get("schema", parameter))
    for given in _examples(api, parameter, schema):
        if isinstance(given, str | int | float) and str(given) not in ("", ".", ".."):
            return str(given).lower() if isinstance(given, bool) else str(given)
    types = _types(api, schema)
    if types <= {"integer", "number"}:
        least = schema.get("minimum")
        return str(least) if isinstance(least, int) and least > 1 else "1"
    return "false" if types == {"boolean"} else _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    shortest = schema.get("minLength")
    plain = _HARMLESS.get(str(schema.get("format")), "1")
    return plain.ljust(min(shortest, 256), "1") if isinstance(shortest, int) else plain


def _examples(
    api: Document, parameter: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Any]:
    yield parameter.get("example")
    named = parameter.get("examples")
    if isinstance(named, Mapping):
        yield from (_followed(api, each).get("value") for each in list(named.values())[:3])
    yield from (schema.get(name) for name in ("example", "const", "default"))
    for name in ("examples", "enum"):
        several = schema.get(name)
        yield from several[:3] if isinstance(several, list) else ()


def _impossible(api: Document, parameter: Mapping[str, Any]) -> str | None:
    """Give a value that no stored thing has; None where each that fits may exist."""
    schema = _followed(api, parameter.get("schema", parameter))
    kind, format_ = schema.get("type", "string"), str(schema.get("format"))
    if kind in ("integer", "number"):
        most = schema.get("maximum")
        if isinstance(most, int) and most < _IMPOSSIBLE_NUMBER:
            return str(most + 1)
        return str(_IMPOSSIBLE_NUMBER)
    if kind != "string" or format_ in _POSSIBLE:
        return None
    return _IMPOSSIBLE.get(format_, "cockpit-impossible-id")


def _body(api: Document, operation: Operation) -> tuple[str, bytes] | None:
    """Give a body that cannot validate, with its type; None where one might, or none is needed."""
    body = _followed(api, operation.node.get("requestBody"))
    content = body.get("content")
    for kind, media in content.items() if isinstance(content, Mapping) else ():
        name = str(kind).partition(";")[0].strip().lower()
        schema = _followed(api, _followed(api, media).get("schema"))
        required = body.get("required") is True or bool(schema.get("required"))
        if required and (name == "application/json" or name.endswith("+json")):
            wrong = _unfitting(_types(api, schema))
            return None if wrong is None else (name, json.dumps(wrong).encode())
        if required and (name.startswith("multipart/") or "form" in name or "xml" in name):
            return _UNREADABLE
    return None


def _unfitting(types: set[str]) -> Any:
    """Give a value of a type that is not among `types`, as far from empty as it can be."""
    # A list first: some readers of JSON refuse a bare text before they ask who is there.
    candidates = {"array": ["cockpit"], "object": {"cockpit": "probe"}, "string": "cockpit"}
    return next((each for kind, each in candidates.items() if kind not in types), None)


def _types(api: Document, schema: Mapping[str, Any], depth: int = 0) -> set[str]:
    """Give the types of JSON that a schema may take; all of them where it does not say."""
    given = schema.get("type")
    if isinstance(given, str):
        return {given}
    if isinstance(given, list):
        return {str(each) for each in given}
    is_object = "properties" in schema or "required" in schema
    found: set[str] = {"object"} if is_object else set(_ANY)
    for name in ("oneOf", "anyOf", "allOf") if depth < _MOST_NESTED else ():
        several = schema.get(name)
        if isinstance(several, list) and 0 < len(several) <= _MOST_PARTS:
            parts = [_types(api, _followed(api, part), depth + 1) for part in several]
            first = parts[0]
            found &= first.intersection(*parts) if name == "allOf" else first.union(*parts)
    return found

"""Sample requests for the operations of an OpenAPI document, harmless even to an unguarded one."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from checks.openapi.document import Document, Operation

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""Methods that change nothing on the server (RFC 9110, section 9.2.1; QUERY from its draft)."""

_PATH_PARAMETER = re.compile(r"\{([^{}/]*)\}")
_MOST_REFERENCES = 20
_MOST_NESTED, _MOST_PARTS = 3, 16
"""A schema nested deeper, or with more alternatives, is taken to allow every type."""

_IMPOSSIBLE_NUMBER = 2**31 - 1
_IMPOSSIBLE_TEXT = "cockpit-impossible-id"
_IMPOSSIBLE_BY_FORMAT = {"uuid": "ffffffff-ffff-4fff-bfff-ffffffffffff"}
_ALWAYS_POSSIBLE = {"date", "date-time", "time"}
"""String formats for which there is no value that certainly identifies nothing."""

_ANY = ("array", "object", "string", "number", "integer", "boolean", "null")
_PLAIN_BY_FORMAT = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "2001-01-01",
    "date-time": "2001-01-01T00:00:00Z",
    "email": "nobody@example.invalid",
}
_UNREADABLE_BODY = ("text/x-cockpit-probe", b"cockpit: a body that nothing can read")

Parameter = Mapping[str, Any]


class SampleRequest(Struct, frozen=True):
    """A request to send; `filled` if it contains made-up values, so that a 404 is acceptable."""

    name: str
    method: str
    path: str
    filled: bool = False
    body: bytes | None = None
    content_type: str = ""


def build_sample_request(api: Document, operation: Operation) -> SampleRequest | None:
    """Build a request for `operation`; None if it might change something behind a broken guard.

    A safe method is filled with the document's examples, else with plain values. Any other method
    gets ids that identify nothing and a body that cannot validate; without either, there is no
    harmless request. Raises UnreadableError if a reference cannot be resolved.
    """
    parameters = _parameters(api, operation)
    names = _PATH_PARAMETER.findall(operation.path)
    in_path = {name: parameters.get(("path", name), {}) for name in names}
    plain = {name: _plain_value(api, parameter) for name, parameter in in_path.items()}
    if operation.method in SAFE_METHODS:
        query = _required_query(api, parameters)
        path = _fill_path(operation.path, plain) + (f"?{_encode_query(query)}" if query else "")
        return SampleRequest(operation.name, operation.method, path, bool(names or query))
    body = _invalid_body(api, operation)
    impossible = {name: _impossible_value(api, parameter) for name, parameter in in_path.items()}
    if not (body or _is_protected_by_ids(operation, impossible)):
        return None
    content_type, content = body or ("", None)
    path = _fill_path(operation.path, {name: impossible[name] or plain[name] for name in names})
    return SampleRequest(operation.name, operation.method, path, True, content, content_type)


def _is_protected_by_ids(operation: Operation, impossible: Mapping[str, str | None]) -> bool:
    """Whether the impossible ids alone keep the operation from changing anything.

    They do not if it may create the resource at that id, as PUT does.
    """
    may_create = operation.method != "DELETE" and operation.path.rstrip("/").endswith("}")
    return bool(impossible) and None not in impossible.values() and not may_create


def _encode_query(values: Mapping[str, str]) -> str:
    # JSON may hold an unpaired surrogate, which a URL cannot.
    return urlencode(values, errors="replace")


def _fill_path(path: str, values: Mapping[str, str]) -> str:
    def quoted(match: re.Match[str]) -> str:
        return quote(values[match[1]], safe="", errors="replace")

    return _PATH_PARAMETER.sub(quoted, path)


def _parameters(api: Document, operation: Operation) -> dict[tuple[str, str], Parameter]:
    """Return the parameters by location and name; the operation's override those of its path."""
    parameters: dict[tuple[str, str], Parameter] = {}
    for nodes in (*operation.shared, operation.node.get("parameters")):
        for node in nodes if isinstance(nodes, list) else ():
            parameter = _resolved(api, node)
            parameters[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return parameters


def _resolved(api: Document, node: Any) -> Mapping[str, Any]:
    for _ in range(_MOST_REFERENCES):
        if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
            break
        node = api.resolve(node["$ref"])
    return node if isinstance(node, Mapping) else {}


def _required_query(
    api: Document, parameters: Mapping[tuple[str, str], Parameter]
) -> dict[str, str]:
    return {
        name: _plain_value(api, parameter)
        for (location, name), parameter in parameters.items()
        if location == "query" and parameter.get("required") is True
    }


def _plain_value(api: Document, parameter: Parameter) -> str:
    """Return an example of the parameter, else an inconspicuous value of its type."""
    schema = _resolved(api, parameter.get("schema", parameter))
    for example in _examples(api, parameter, schema):
        if isinstance(example, str | int | float) and str(example) not in ("", ".", ".."):
            return str(example).lower() if isinstance(example, bool) else str(example)
    types = _types(api, schema)
    if types <= {"integer", "number"}:
        minimum = schema.get("minimum")
        return str(minimum) if isinstance(minimum, int) and minimum > 1 else "1"
    return "false" if types == {"boolean"} else _plain_text(schema)


def _plain_text(schema: Mapping[str, Any]) -> str:
    min_length = schema.get("minLength")
    plain = _PLAIN_BY_FORMAT.get(str(schema.get("format")), "1")
    return plain.ljust(min(min_length, 256), "1") if isinstance(min_length, int) else plain


def _examples(api: Document, parameter: Parameter, schema: Mapping[str, Any]) -> Iterator[Any]:
    yield parameter.get("example")
    named = parameter.get("examples")
    if isinstance(named, Mapping):
        yield from (_resolved(api, node).get("value") for node in list(named.values())[:3])
    yield from (schema.get(keyword) for keyword in ("example", "const", "default"))
    for keyword in ("examples", "enum"):
        values = schema.get(keyword)
        yield from values[:3] if isinstance(values, list) else ()


def _impossible_value(api: Document, parameter: Parameter) -> str | None:
    """Return a value that identifies nothing; None if every valid value may identify something."""
    schema = _resolved(api, parameter.get("schema", parameter))
    type_, format_ = schema.get("type", "string"), str(schema.get("format"))
    if type_ in ("integer", "number"):
        maximum = schema.get("maximum")
        if isinstance(maximum, int) and maximum < _IMPOSSIBLE_NUMBER:
            return str(maximum + 1)
        return str(_IMPOSSIBLE_NUMBER)
    if type_ != "string" or format_ in _ALWAYS_POSSIBLE:
        return None
    return _IMPOSSIBLE_BY_FORMAT.get(format_, _IMPOSSIBLE_TEXT)


def _invalid_body(api: Document, operation: Operation) -> tuple[str, bytes] | None:
    """Return a media type and a body that cannot validate; None if any body might be accepted."""
    body = _resolved(api, operation.node.get("requestBody"))
    content = body.get("content")
    for media_type, node in content.items() if isinstance(content, Mapping) else ():
        essence = str(media_type).partition(";")[0].strip().lower()
        schema = _resolved(api, _resolved(api, node).get("schema"))
        if not (body.get("required") is True or schema.get("required")):
            continue
        if essence == "application/json" or essence.endswith("+json"):
            value = _value_of_other_type(_types(api, schema))
            return None if value is None else (essence, json.dumps(value).encode())
        if essence.startswith("multipart/") or "form" in essence or "xml" in essence:
            return _UNREADABLE_BODY
    return None


def _value_of_other_type(types: set[str]) -> Any:
    """Return a non-empty JSON value whose type is not in `types`; None if there is none."""
    # A list first: some JSON parsers reject a bare string before the guard checks the token.
    candidates = {"array": ["cockpit"], "object": {"cockpit": "probe"}, "string": "cockpit"}
    return next((value for type_, value in candidates.items() if type_ not in types), None)


def _types(api: Document, schema: Mapping[str, Any], depth: int = 0) -> set[str]:
    """Return the JSON types that a schema allows; all of them if it does not restrict them."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return {declared}
    if isinstance(declared, list):
        return {str(name) for name in declared}
    is_object = "properties" in schema or "required" in schema
    types: set[str] = {"object"} if is_object else set(_ANY)
    for keyword in ("oneOf", "anyOf", "allOf") if depth < _MOST_NESTED else ():
        parts = schema.get(keyword)
        if isinstance(parts, list) and 0 < len(parts) <= _MOST_PARTS:
            type_sets = [_types(api, _resolved(api, part), depth + 1) for part in parts]
            first = type_sets[0]
            combine = first.intersection if keyword == "allOf" else first.union
            types &= combine(*type_sets)
    return types

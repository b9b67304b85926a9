"""Breaking changes between two OpenAPI documents, operation by operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.core.threads import Going
from checks.openapi.constraints import Change
from checks.openapi.document import Document, Operation, without_parameter_names
from checks.openapi.schema_diff import SchemaDiff

# OpenAPI: header parameters of these names shall be ignored.
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_DEFAULT_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_MOST_REFERENCES = 100


def breaking_changes(old: Document, new: Document, going: Going) -> Iterator[Change]:
    """Yield every change in `new` that breaks a client of `old`.

    `going` is called often; it raises to stop the comparison. Raises UnreadableError if a
    reference cannot be resolved or a schema is too large to compare.
    """
    comparison = _OperationComparison(old, new, going)
    new_operations = {_key(operation): operation for operation in new.operations()}
    for operation in old.operations():
        going()
        counterpart = new_operations.get(_key(operation))
        if counterpart is None:
            yield Change(operation.name, "removed")
        else:
            for change in comparison.compare(operation, counterpart):
                place = f"{operation.name} {change.place}".rstrip()
                yield Change(place, change.what, change.certain)


def _key(operation: Operation) -> tuple[str, str]:
    return operation.method, without_parameter_names(operation.path)


class _OperationComparison:
    """Compares an operation's parts; the places of its changes are relative to the operation."""

    def __init__(self, old: Document, new: Document, going: Going) -> None:
        self._old, self._new = old, new
        self._schemas = SchemaDiff(old, new, going)

    def compare(self, old: Operation, new: Operation) -> Iterator[Change]:
        """Yield the breaking changes from `old` to `new`."""
        yield from self._parameter_changes(old, new)
        yield from self._body_changes(old, new)
        yield from self._response_changes(old, new)
        if self._is_open(self._old, old) and not self._is_open(self._new, new):
            yield Change("", "needs authentication now")

    def _is_open(self, document: Document, operation: Operation) -> bool:
        """Whether the operation may be called without authentication."""
        security = operation.node.get("security", document.root.get("security"))
        return not security or {} in security

    def _parameter_changes(self, old: Operation, new: Operation) -> Iterator[Change]:
        old_parameters = _parameters(self._old, old)
        new_parameters = _parameters(self._new, new)
        for key, parameter in old_parameters.items():
            place = f"{parameter['in']} parameter {parameter['name']}"
            counterpart = new_parameters.get(key)
            if counterpart is None:
                yield Change(place, "removed")
                continue
            if counterpart.get("required") is True and parameter.get("required") is not True:
                yield Change(place, "required now")
            if _style(parameter) != _style(counterpart):
                yield Change(place, "serialized in another style")
            old_schema, new_schema = _schemas(parameter), _schemas(counterpart)
            yield from self._schemas.request_changes(old_schema, new_schema, place)
            yield from self._content_changes(parameter, counterpart, place, sent=True)
        for key, parameter in new_parameters.items():
            if key not in old_parameters and parameter.get("required") is True:
                place = f"{parameter['in']} parameter {parameter['name']}"
                yield Change(place, "new, and required")

    def _body_changes(self, old: Operation, new: Operation) -> Iterator[Change]:
        old_body = _resolved(self._old, old.node.get("requestBody"))
        new_body = _resolved(self._new, new.node.get("requestBody"))
        if old_body and not new_body:
            yield Change("body", "removed")
            return
        if new_body.get("required") is True and old_body.get("required") is not True:
            yield Change("body", "required now")
        if old_body:
            yield from self._content_changes(old_body, new_body, "body", sent=True)

    def _response_changes(self, old: Operation, new: Operation) -> Iterator[Change]:
        old_responses = old.node.get("responses") or {}
        new_responses = new.node.get("responses") or {}
        for status, node in old_responses.items():
            if str(status).startswith("x-"):
                continue
            match = _matching_status(str(status), new_responses)
            if match is None:
                yield Change(str(status), "removed")
                continue
            old_response = _resolved(self._old, node)
            new_response = _resolved(self._new, new_responses[match])
            yield from self._content_changes(old_response, new_response, str(status), sent=False)
            yield from self._header_changes(old_response, new_response, str(status))

    def _header_changes(self, old: Any, new: Any, status: str) -> Iterator[Change]:
        new_headers = {name.lower(): node for name, node in (new.get("headers") or {}).items()}
        for name, node in (old.get("headers") or {}).items():
            place = f"{status} header {name}"
            if name.lower() not in new_headers:
                yield Change(place, "removed")
                continue
            old_header = _resolved(self._old, node)
            new_header = _resolved(self._new, new_headers[name.lower()])
            if old_header.get("required") is True and new_header.get("required") is not True:
                yield Change(place, "may be missing now")
            old_schema, new_schema = _schemas(old_header), _schemas(new_header)
            yield from self._schemas.response_changes(old_schema, new_schema, place)

    def _content_changes(self, old: Any, new: Any, place: str, *, sent: bool) -> Iterator[Change]:
        """Compare the media types of a body, parameter or response; `sent` marks a request."""
        new_content = new.get("content") or {}
        compare = self._schemas.request_changes if sent else self._schemas.response_changes
        for media_type, node in (old.get("content") or {}).items():
            match = _matching_media_type(media_type, new_content)
            if match is None:
                yield Change(place, f"{media_type} removed")
            else:
                yield from compare(_schemas(node), _schemas(new_content[match]), place)


def _resolved(document: Document, node: Any) -> Mapping[str, Any]:
    for _ in range(_MOST_REFERENCES):
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        node = document.resolve(node["$ref"])
    return node if isinstance(node, Mapping) else {}


def _schemas(node: Mapping[str, Any]) -> tuple[Any, ...]:
    return (node["schema"],) if "schema" in node else ()


def _parameters(document: Document, operation: Operation) -> dict[tuple[str, Any], Any]:
    """Return the parameters by location and name.

    A path parameter is keyed by its position in the path: renaming it breaks no client.
    """
    path_names = re.findall(r"\{([^{}/]*)\}", operation.path)
    parameters: dict[tuple[str, Any], Any] = {}
    for nodes in (*operation.shared, operation.node.get("parameters")):
        for node in nodes or ():
            parameter = _resolved(document, node)
            location, name = str(parameter.get("in")), str(parameter.get("name"))
            if location == "header" and name.lower() in _IGNORED_HEADERS:
                continue
            by_position = location == "path" and name in path_names
            key: Any = path_names.index(name) if by_position else name
            parameters[location, key.lower() if location == "header" else key] = parameter
    return parameters


def _style(parameter: Mapping[str, Any]) -> tuple[Any, Any]:
    style = parameter.get("style", _DEFAULT_STYLES.get(str(parameter.get("in"))))
    return style, parameter.get("explode", style == "form")


def _matching_status(status: str, responses: Mapping[str, Any]) -> str | None:
    """Return the key of the response for `status`; `default` covers all but 2xx."""
    status_range = f"{status[:1]}XX"
    candidates = [status, status_range, status_range.lower()]
    candidates += [] if status.startswith("2") else ["default"]
    return next((key for key in candidates if key in responses), None)


def _matching_media_type(media_type: str, content: Mapping[str, Any]) -> str | None:
    """Return the key in `content` for `media_type`, which may be a range such as `text/*`."""
    essence = media_type.partition(";")[0].strip().lower()
    keys = {key.partition(";")[0].strip().lower(): key for key in content}
    candidates = (essence, essence.partition("/")[0] + "/*", "*/*")
    return next((keys[candidate] for candidate in candidates if candidate in keys), None)

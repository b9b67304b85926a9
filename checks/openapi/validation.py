"""Validation of OpenAPI documents against the official JSON Schema of their version.

The schemas in `schemas/` are published by the OpenAPI Initiative and unmodified. References of
the document are not resolved here, so nothing is fetched over the network.
"""

import functools
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from checks.core.errors import UnreadableError
from checks.core.text import one_line
from checks.openapi.document import Document

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

_MOST_VALUES = 2_000_000
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Pointer = tuple[str | int, ...]
"""The parts of a JSON pointer (RFC 6901)."""


def validated(document: Document, content: str) -> Document:
    """Return the document with only JSON values in it.

    `content` is the text it was parsed from, for the line in errors. Raises UnreadableError, with
    the place of the error, if the document is invalid or its version is neither 3.0 nor 3.1.
    """
    plain = Document(document.name, _JsonConverter(document.name).convert(document.root))
    version = str(plain.root.get("openapi", ""))
    if (series := version[:3]) not in ("3.0", "3.1"):
        shown = one_line(version, 20)
        claim = f"is OpenAPI {shown}" if shown else "names no OpenAPI version"
        raise UnreadableError(f"{document.name} {claim}: only 3.0 and 3.1 are supported")
    error = _most_relevant_error(plain.root, series)
    if error is not None:
        pointer, message = error
        line = _line_of(content, pointer)
        place = f"{_format_pointer(pointer)}{f', line {line}' if line else ''}"
        raise UnreadableError(
            f"{document.name} is not valid OpenAPI {series}: {message} at {place}"
        )
    return plain


class _JsonConverter:
    """Converts YAML values to JSON: keys and dates become strings. Aliases are converted once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._converted: dict[int, tuple[Any, int]] = {}
        self._ancestors: set[int] = set()

    def convert(self, root: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the document as JSON; raises UnreadableError if it contains itself or is too big.

        An alias counts each time it occurs: validation visits it as often.
        """
        try:
            value, size = self._convert(root)
        except RecursionError as error:
            raise UnreadableError(f"{self._name} is nested too deeply") from error
        if size > _MOST_VALUES:
            raise UnreadableError(f"{self._name} unfolds to more than {_MOST_VALUES:,} values")
        return dict(value)

    def _convert(self, node: Any) -> tuple[Any, int]:
        """Return a value as JSON, and the number of values in it."""
        if not isinstance(node, Mapping | list):
            return self._convert_scalar(node), 1
        if (converted := self._converted.get(id(node))) is not None:
            return converted
        if id(node) in self._ancestors:
            raise UnreadableError(f"{self._name} contains a value that contains itself")
        self._ancestors.add(id(node))
        value: Any
        if isinstance(node, Mapping):
            members = {_key(key): self._convert(member) for key, member in node.items()}
            value = {key: member for key, (member, _) in members.items()}
            size = 1 + sum(member_size for _, member_size in members.values())
        else:
            items = [self._convert(item) for item in node]
            value = [item for item, _ in items]
            size = 1 + sum(item_size for _, item_size in items)
        self._ancestors.discard(id(node))
        self._converted[id(node)] = value, size
        return value, size

    def _convert_scalar(self, value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            raise UnreadableError(f"{self._name} contains {value}, which is not a JSON number")
        if value is None or isinstance(value, str | int | float):
            return value
        return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) or key is None else str(key)


def _most_relevant_error(root: Mapping[str, Any], series: str) -> tuple[Pointer, str] | None:
    """Return the pointer and message of the error nearest to the root; None if there is none."""
    try:
        errors = [_deepest_error(error) for error in _validator(series).iter_errors(root)]
    except (ValueError, RecursionError) as error:
        return (), one_line(str(error), 120)
    # The outermost error explains those below it.
    return min(errors, key=lambda error: len(error[0]), default=None)


def _deepest_error(error: "ValidationError") -> tuple[Pointer, str]:
    """Return pointer and message; for `oneOf` and `anyOf`, of the alternative that matched most."""
    pointer = tuple(error.instance_path)
    branches = getattr(error.kind, "context", ())
    inner = [_deepest_error(cause) for branch in branches for cause in branch]
    deepest = max(inner, key=lambda cause: len(cause[0]), default=None)
    if deepest is not None and len(deepest[0]) > len(pointer):
        return deepest
    return pointer, one_line(error.message, 120)


@functools.cache
def _validator(series: str) -> "Validator":
    from jsonschema_rs import Draft4Validator, Draft202012Validator, Registry  # noqa: PLC0415

    official = _official(series)
    if series == "3.0":
        return Draft4Validator(official)
    # The official schema allows any dialect for the schemas within; here it is JSON Schema 2020-12.
    combined = {
        "$schema": _DIALECT,
        "$id": "urn:openapi:3.1",
        "$ref": official["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECT}},
    }
    return Draft202012Validator(combined, registry=Registry([(official["$id"], official)]))


def _official(series: str) -> Any:
    return json.loads((files("checks.openapi") / "schemas" / f"{series}.json").read_text("utf-8"))


def _format_pointer(pointer: Pointer) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
    return "#" + "".join(f"/{part}" for part in parts)


def _line_of(content: str, pointer: Pointer) -> int | None:
    """Return the 1-based line of a place in a YAML text; None for JSON."""
    if content.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return None

    import yaml  # noqa: PLC0415

    node: Any = yaml.compose(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    line = node.start_mark.line + 1
    for part in pointer:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            members = [(key, value) for key, value in node.value if key.value == str(part)]
            if not members:
                break
            line, node = members[-1][0].start_mark.line + 1, members[-1][1]
    return int(line)

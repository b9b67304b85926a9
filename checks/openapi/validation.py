"""Whether an OpenAPI document is one: held against the official schema of its version.

The schemas in `schemas/` are those of the OpenAPI Initiative, as they are published. No
reference of a document is followed here, so that nothing is fetched from anywhere.
"""

import functools
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from checks.core.files import UnreadableError
from checks.core.text import one_line
from checks.openapi.document import Document

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

_MOST_VALUES = 2_000_000
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def valid(document: Document, content: str) -> Document:
    """Give the document with plain JSON inside; raises UnreadableError with the place of a fault.

    `content` is the text that it was read from: it tells the line.
    """
    plain = Document(document.name, _Plain(document.name).of(document.root))
    version = str(plain.root.get("openapi", ""))
    if (series := version[:3]) not in ("3.0", "3.1"):
        said = one_line(version, 20) or "no version"
        raise UnreadableError(f"{document.name} is of OpenAPI {said}: 3.0 and 3.1 are known here")
    fault = _fault(plain.root, series)
    if fault is not None:
        pointer, said = fault
        line = _line(content, pointer)
        at = f"{_written(pointer)}{f', line {line}' if line else ''}"
        raise UnreadableError(f"{document.name} is no valid OpenAPI {series}: {said} at {at}")
    return plain


class _Plain:
    """Makes JSON of what YAML gave: keys are texts, dates too; what stands twice is made once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def of(self, root: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the whole document; raises UnreadableError when it has no end, or no measure."""
        try:
            made, size = self._value(root)
        except RecursionError as error:
            raise UnreadableError(f"{self._name} is nested too deeply") from error
        if size > _MOST_VALUES:
            raise UnreadableError(f"{self._name} unfolds to more than {_MOST_VALUES:,} values")
        return dict(made)

    def _value(self, node: Any) -> tuple[Any, int]:
        if not isinstance(node, Mapping | list):
            return self._scalar(node), 1
        if (known := self._made.get(id(node))) is not None:
            return known
        if id(node) in self._open:
            raise UnreadableError(f"{self._name} holds a value that is inside itself")
        self._open.add(id(node))
        made: Any
        if isinstance(node, Mapping):
            parts = {_key(key): self._value(value) for key, value in node.items()}
            made, size = {key: each for key, (each, _) in parts.items()}, 1
            size += sum(one for _, one in parts.values())
        else:
            items = [self._value(value) for value in node]
            made, size = [each for each, _ in items], 1 + sum(one for _, one in items)
        self._open.discard(id(node))
        self._made[id(node)] = made, size
        return made, size

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            raise UnreadableError(f"{self._name} holds {value}, which is no number of JSON")
        if value is None or isinstance(value, str | int | float):
            return value
        return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) or key is None else str(key)


def _fault(root: Mapping[str, Any], series: str) -> tuple[tuple[str | int, ...], str] | None:
    """Give the pointer and the words of the fault that says most; None when there is none."""
    try:
        faults = [_deepest(error) for error in _validator(series).iter_errors(root)]
    except (ValueError, RecursionError) as error:
        return (), one_line(str(error), 120)
    # What lies highest explains what lies below it.
    return min(faults, key=lambda each: len(each[0]), default=None)


def _deepest(error: "ValidationError") -> tuple[tuple[str | int, ...], str]:
    """Give a fault; of alternatives, that of the one which went furthest."""
    place = tuple(error.instance_path)
    inner = [_deepest(each) for branch in getattr(error.kind, "context", ()) for each in branch]
    found, said = max(inner, key=lambda each: len(each[0]), default=(place, error.message))
    return (found, said) if len(found) > len(place) else (place, one_line(error.message, 120))


@functools.cache
def _validator(series: str) -> "Validator":
    from jsonschema_rs import Draft4Validator, Draft202012Validator, Registry  # noqa: PLC0415

    official = _official(series)
    if series == "3.0":
        return Draft4Validator(official)
    # The official one leaves schemas open to any dialect; here they are of JSON Schema 2020-12.
    whole = {
        "$schema": _DIALECT,
        "$id": "urn:openapi:3.1",
        "$ref": official["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECT}},
    }
    return Draft202012Validator(whole, registry=Registry([(official["$id"], official)]))


def _official(series: str) -> Any:
    return json.loads((files("checks.openapi") / "schemas" / f"{series}.json").read_text("utf-8"))


def _written(pointer: tuple[str | int, ...]) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
    return "#" + "".join(f"/{part}" for part in parts)


def _line(content: str, pointer: tuple[str | int, ...]) -> int | None:
    """Give the line of a place in a YAML text, 1 for the first; None for JSON."""
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
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            line, node = found[-1][0].start_mark.line + 1, found[-1][1]
    return int(line)

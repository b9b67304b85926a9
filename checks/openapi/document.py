"""OpenAPI documents in JSON or YAML: their operations, references and use of schemas."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from checks.core.errors import UnreadableError
from checks.core.files import text as file_text

# `query` is new in OpenAPI 3.2. Any other key of a path item is not an operation.
METHODS = frozenset(["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"])
_MOST_DEPTH = 200
_PATH_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|(?<=/):[A-Za-z_]\w*(?:\([^()]*\))?")


class Operation(Struct, frozen=True):
    """One method of one path.

    `node` is its operation object; `shared` holds the `parameters` of its path item. It is `public`
    if its own `x-visibility` is `public`.
    """

    method: str
    path: str
    public: bool
    node: Mapping[str, Any]
    shared: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """The operation as `GET /path`."""
        return f"{self.method} {self.path}"


def without_parameter_names(path: str) -> str:
    """Return `path` with each parameter as `{}`: parameter names do not distinguish routes.

    >>> without_parameter_names("/users/:id/files/{name}.json")
    '/users/{}/files/{}.json'
    >>> without_parameter_names("/users/<int:id>")
    '/users/{}'
    """
    return _PATH_PARAMETER.sub("{}", path)


class Document(Struct, frozen=True):
    """An OpenAPI document; `name` is the card's name for it, quoted in every error."""

    name: str
    root: Mapping[str, Any]

    def operations(self) -> tuple[Operation, ...]:
        """Return every operation, in order; raises UnreadableError if there is none."""
        paths = self.root.get("paths")
        operations = tuple(self._operations(paths)) if isinstance(paths, Mapping) else ()
        if not operations:
            raise UnreadableError(f"{self.name} holds no operations")
        return operations

    def uses_schema(self, operation: Operation, schema: str) -> bool:
        """Whether `operation` refers to the schema of that name, directly or indirectly.

        Raises UnreadableError if a reference cannot be resolved: then the answer is not known.
        """
        pending: list[Any] = [operation.node, *operation.shared]
        resolved: set[str] = set()
        # With YAML aliases, one node may occur in many places, even inside itself.
        visited: set[int] = set()
        while pending:
            node = pending.pop()
            if not isinstance(node, Mapping | list) or id(node) in visited:
                continue
            visited.add(id(node))
            pending.extend(node.values() if isinstance(node, Mapping) else node)
            reference = node.get("$ref") if isinstance(node, Mapping) else None
            if not isinstance(reference, str) or reference in resolved:
                continue
            resolved.add(reference)
            if reference.rpartition("/")[2] == schema:
                return True
            pending.append(self.resolve(reference))
        return False

    def resolve(self, reference: str) -> Any:
        """Return the node at a `$ref`, a JSON pointer (RFC 6901) into this document.

        Raises UnreadableError if the reference leads to another document, or nowhere.
        """
        if not reference.startswith("#"):
            raise UnreadableError(
                f"{self.name} refers to another document, {reference}: bundle them into one"
            )
        if reference[1:2] not in ("", "/"):
            raise UnreadableError(f"{self.name} refers to {reference}, which is not a JSON pointer")
        node: Any = self.root
        for part in unquote(reference[1:]).split("/")[1:]:
            node = _child(node, part.replace("~1", "/").replace("~0", "~"))
            if node is None:
                raise UnreadableError(f"{self.name} refers to {reference}, which does not exist")
        return node

    def _operations(self, paths: Mapping[Any, Any]) -> Iterator[Operation]:
        for path, item in paths.items():
            for key, node in self._item(item).items():
                if str(key).lower() in METHODS and isinstance(node, Mapping):
                    public = node.get("x-visibility") == "public"
                    shared = (self._item(item).get("parameters"),)
                    yield Operation(str(key).upper(), str(path), public, node, shared)

    def _item(self, item: Any) -> Mapping[Any, Any]:
        """Return a path item with its references resolved."""
        resolved = set()
        while isinstance(item, Mapping) and isinstance(item.get("$ref"), str):
            if item["$ref"] in resolved:
                raise UnreadableError(f"{self.name}: {item['$ref']} refers to itself")
            resolved.add(item["$ref"])
            # Keys beside the reference belong to the item too, and take precedence.
            siblings = {key: value for key, value in item.items() if key != "$ref"}
            target = self.resolve(item["$ref"])
            item = {**target, **siblings} if isinstance(target, Mapping) else siblings
        return item if isinstance(item, Mapping) else {}


def _child(node: Any, key: str) -> Any:
    if isinstance(node, list):
        return node[int(key)] if _is_index(key) and int(key) < len(node) else None
    if isinstance(node, Mapping):
        # YAML reads an unquoted key such as the status 200 as a number.
        return node.get(key, node.get(int(key)) if _is_index(key) else None)
    return None


def _is_index(key: str) -> bool:
    return key.isdecimal() and len(key) < 10


async def read_document(path: Path, name: str) -> Document:
    """Read the document at `path`; `name` is the card's name for it, quoted in errors.

    Raises UnreadableError if the file cannot be read, or is not an object in JSON or YAML.
    """
    return await asyncio.to_thread(parse_document, await file_text(path, name), name)


def parse_document(content: str, name: str) -> Document:
    """Parse a document; raises UnreadableError if it is not an object in JSON or YAML."""
    try:
        root = json.loads(content)
    except RecursionError as error:
        raise UnreadableError(f"{name} is nested too deeply") from error
    except ValueError as error:
        root = _parse_yaml(content, name, error)
    if not isinstance(root, Mapping):
        raise UnreadableError(
            f"{name} is not an OpenAPI document: it must be an object with `paths`"
        )
    return Document(name, root)


def _parse_yaml(content: str, name: str, not_json: ValueError) -> Any:
    if content.lstrip()[:1] in ("{", "["):
        raise UnreadableError(f"{name} is not JSON: {not_json}") from not_json

    import yaml  # noqa: PLC0415  # slow to import, and reading a card does not need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(content, loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            # The C loader recurses: a deeply nested document would crash the whole process.
            if depth > _MOST_DEPTH:
                raise UnreadableError(f"{name} is nested deeper than {_MOST_DEPTH} levels")
        return yaml.load(content, loader)  # noqa: S506  # both are safe loaders
    except RecursionError as error:
        raise UnreadableError(f"{name} is nested too deeply") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise UnreadableError(f"{name} is neither JSON nor YAML{at}") from error

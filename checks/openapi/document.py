"""An OpenAPI document, as JSON or YAML: its operations, and whether one uses a certain schema."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from checks.core.files import UnreadableError
from checks.core.files import text as file_text

# `query` came with OpenAPI 3.2; whatever else stands in a path item is no operation.
METHODS = frozenset(["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"])
_MOST_DEPTH = 200
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|(?<=/):[A-Za-z_]\w*(?:\([^()]*\))?")


class Operation(Struct, frozen=True):
    """One method of one path; `node` and `shared` are what the document says of it."""

    method: str
    path: str
    public: bool
    node: Mapping[str, Any]
    shared: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """Give it as `GET /path`."""
        return f"{self.method} {self.path}"


def positional(path: str) -> str:
    """Give `path` with each parameter as `{}`: what it is called tells no two routes apart.

    >>> positional("/users/:id/files/{name}.json"), positional("/users/<int:id>")
    ('/users/{}/files/{}.json', '/users/{}')
    """
    return _PARAMETER.sub("{}", path)


class Document(Struct, frozen=True):
    """An OpenAPI document; `name` is what the card calls it, and stands in every error."""

    name: str
    root: Mapping[str, Any]

    def operations(self) -> tuple[Operation, ...]:
        """Give every operation, in order; raises UnreadableError when there is not one."""
        paths = self.root.get("paths")
        found = tuple(self._operations(paths)) if isinstance(paths, Mapping) else ()
        if not found:
            raise UnreadableError(f"{self.name} holds no operations")
        return found

    def uses(self, operation: Operation, schema: str) -> bool:
        """Tell whether a chain of references leads from `operation` to the schema of that name.

        Raises UnreadableError when a reference cannot be followed: what is not seen is not absent.
        """
        open_nodes: list[Any] = [operation.node, *operation.shared]
        followed: set[str] = set()
        # YAML's aliases let one node stand in many places, even inside itself.
        seen: set[int] = set()
        while open_nodes:
            node = open_nodes.pop()
            if not isinstance(node, Mapping | list) or id(node) in seen:
                continue
            seen.add(id(node))
            open_nodes.extend(node.values() if isinstance(node, Mapping) else node)
            reference = node.get("$ref") if isinstance(node, Mapping) else None
            if not isinstance(reference, str) or reference in followed:
                continue
            followed.add(reference)
            if reference.rpartition("/")[2] == schema:
                return True
            open_nodes.append(self.follow(reference))
        return False

    def follow(self, reference: str) -> Any:
        """Give what a `$ref` points to; raises UnreadableError when this document lacks it."""
        if not reference.startswith("#"):
            raise UnreadableError(
                f"{self.name} refers to another document, {reference}: bundle them into one"
            )
        if reference[1:2] not in ("", "/"):
            raise UnreadableError(f"{self.name} refers to {reference}, which names no place")
        node: Any = self.root
        for part in unquote(reference[1:]).split("/")[1:]:
            node = _child(node, part.replace("~1", "/").replace("~0", "~"))
            if node is None:
                raise UnreadableError(f"{self.name} refers to {reference}, which it does not hold")
        return node

    def _operations(self, paths: Mapping[Any, Any]) -> Iterator[Operation]:
        for path, item in paths.items():
            for key, node in self._item(item).items():
                if str(key).lower() in METHODS and isinstance(node, Mapping):
                    public = node.get("x-visibility") == "public"
                    shared = (self._item(item).get("parameters"),)
                    yield Operation(str(key).upper(), str(path), public, node, shared)

    def _item(self, item: Any) -> Mapping[Any, Any]:
        """Give a path item, which may be a reference to one, or to a reference."""
        followed = set()
        while isinstance(item, Mapping) and isinstance(item.get("$ref"), str):
            if item["$ref"] in followed:
                raise UnreadableError(f"{self.name}: {item['$ref']} refers to itself")
            followed.add(item["$ref"])
            # What stands beside the reference belongs to the item too.
            beside = {key: value for key, value in item.items() if key != "$ref"}
            target = self.follow(item["$ref"])
            item = {**target, **beside} if isinstance(target, Mapping) else beside
        return item if isinstance(item, Mapping) else {}


def _child(node: Any, key: str) -> Any:
    if isinstance(node, list):
        return node[int(key)] if _is_index(key) and int(key) < len(node) else None
    if isinstance(node, Mapping):
        # YAML makes a number of a bare status such as 200.
        return node.get(key, node.get(int(key)) if _is_index(key) else None)
    return None


def _is_index(key: str) -> bool:
    return key.isdecimal() and len(key) < 10


async def document(path: Path, name: str) -> Document:
    """Read the document at `path`, which the card calls `name`.

    Raises UnreadableError when it cannot be read, or is not an object in JSON or YAML.
    """
    import asyncio  # noqa: PLC0415  # reading a card needs none of it, and it is slow to import

    return await asyncio.to_thread(parsed, await file_text(path, name), name)


def parsed(content: str, name: str) -> Document:
    """Read a document from its text; raises UnreadableError as `document` does."""
    try:
        root = json.loads(content)
    except RecursionError as error:
        raise UnreadableError(f"{name} is nested too deeply") from error
    except ValueError as error:
        root = _yaml(content, name, error)
    if not isinstance(root, Mapping):
        raise UnreadableError(f"{name} is no OpenAPI document: it must be an object with `paths`")
    return Document(name, root)


def _yaml(content: str, name: str, not_json: ValueError) -> Any:
    if content.lstrip()[:1] in ("{", "["):
        raise UnreadableError(f"{name} is not JSON: {not_json}") from not_json
    import yaml  # noqa: PLC0415  # reading a card must not load what only a run needs

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(content, loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            # The loader in C recurses: a document deep enough would end the whole program.
            if depth > _MOST_DEPTH:
                raise UnreadableError(f"{name} is nested deeper than {_MOST_DEPTH} levels")
        return yaml.load(content, loader)  # noqa: S506  # both loaders are the safe one
    except RecursionError as error:
        raise UnreadableError(f"{name} is nested too deeply") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise UnreadableError(f"{name} is neither JSON nor YAML{at}") from error

"""What a new OpenAPI document breaks of an old one, operation by operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.core.threads import Going
from checks.openapi.constraints import Change
from checks.openapi.document import Document, Operation, positional
from checks.openapi.schema_diff import Narrowing

_IGNORED = ("accept", "content-type", "authorization")
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def changes(old: Document, new: Document, going: Going) -> Iterator[Change]:
    """Give every break; raises UnreadableError when a document cannot be followed."""
    both = _Changes(old, new, going)
    after = {_key(operation): operation for operation in new.operations()}
    for operation in old.operations():
        going()
        match = after.get(_key(operation))
        if match is None:
            yield Change(operation.name, "removed")
        else:
            for each in both.between(operation, match):
                yield Change(f"{operation.name} {each.place}".rstrip(), each.what, each.sure)


def _key(operation: Operation) -> tuple[str, str]:
    return operation.method, positional(operation.path)


class _Changes:
    """Compares the parts of an operation; places are those inside it."""

    def __init__(self, old: Document, new: Document, going: Going) -> None:
        self._old, self._new = old, new
        self._schemas = Narrowing(old, new, going)

    def between(self, old: Operation, new: Operation) -> Iterator[Change]:
        """Give what breaks between an operation and itself."""
        yield from self._parameters(old, new)
        yield from self._bodies(old, new)
        yield from self._answers(old, new)
        if self._open(self._old, old) and not self._open(self._new, new):
            yield Change("", "needs authentication now")

    def _open(self, document: Document, operation: Operation) -> bool:
        given = operation.node.get("security", document.root.get("security"))
        return not given or {} in given

    def _parameters(self, old: Operation, new: Operation) -> Iterator[Change]:
        before, after = _parameters(self._old, old), _parameters(self._new, new)
        for key, one in before.items():
            place = f"{one['in']} parameter {one['name']}"
            other = after.get(key)
            if other is None:
                yield Change(place, "removed")
                continue
            if other.get("required") is True and one.get("required") is not True:
                yield Change(place, "required now")
            if _style(one) != _style(other):
                yield Change(place, "written in another style")
            yield from self._schemas.request(_schemas(one), _schemas(other), place)
            yield from self._contents(one, other, place, sent=True)
        for key, other in after.items():
            if key not in before and other.get("required") is True:
                yield Change(f"{other['in']} parameter {other['name']}", "new, and required")

    def _bodies(self, old: Operation, new: Operation) -> Iterator[Change]:
        one = _resolved(self._old, old.node.get("requestBody"))
        other = _resolved(self._new, new.node.get("requestBody"))
        if one and not other:
            yield Change("body", "removed")
            return
        if other.get("required") is True and one.get("required") is not True:
            yield Change("body", "required now")
        if one:
            yield from self._contents(one, other, "body", sent=True)

    def _answers(self, old: Operation, new: Operation) -> Iterator[Change]:
        before, after = old.node.get("responses") or {}, new.node.get("responses") or {}
        for status, one in before.items():
            if str(status).startswith("x-"):
                continue
            match = _matching(str(status), after)
            if match is None:
                yield Change(str(status), "removed")
                continue
            answer, other = _resolved(self._old, one), _resolved(self._new, after[match])
            yield from self._contents(answer, other, str(status), sent=False)
            yield from self._headers(answer, other, str(status))

    def _headers(self, old: Any, new: Any, status: str) -> Iterator[Change]:
        after = {name.lower(): header for name, header in (new.get("headers") or {}).items()}
        for name, header in (old.get("headers") or {}).items():
            place = f"{status} header {name}"
            if name.lower() not in after:
                yield Change(place, "removed")
                continue
            one = _resolved(self._old, header)
            other = _resolved(self._new, after[name.lower()])
            if one.get("required") is True and other.get("required") is not True:
                yield Change(place, "may be missing now")
            yield from self._schemas.answer(_schemas(one), _schemas(other), place)

    def _contents(self, old: Any, new: Any, place: str, *, sent: bool) -> Iterator[Change]:
        after = new.get("content") or {}
        compare = self._schemas.request if sent else self._schemas.answer
        for kind, one in (old.get("content") or {}).items():
            match = _media(kind, after)
            if match is None:
                yield Change(place, f"{kind} removed")
            else:
                yield from compare(_schemas(one), _schemas(after[match]), place)


def _resolved(document: Document, node: Any) -> Mapping[str, Any]:
    for _ in range(100):
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        node = document.follow(node["$ref"])
    return node if isinstance(node, Mapping) else {}


def _schemas(node: Mapping[str, Any]) -> tuple[Any, ...]:
    return (node["schema"],) if "schema" in node else ()


def _parameters(document: Document, operation: Operation) -> dict[tuple[str, Any], Any]:
    """Give its parameters; those of the path by their order in it: their names may change."""
    order = re.findall(r"\{([^{}/]*)\}", operation.path)
    found: dict[tuple[str, Any], Any] = {}
    for group in (*operation.shared, operation.node.get("parameters")):
        for each in group or ():
            one = _resolved(document, each)
            where, name = str(one.get("in")), str(one.get("name"))
            if where == "header" and name.lower() in _IGNORED:
                continue
            key: Any = order.index(name) if where == "path" and name in order else name
            found[where, key.lower() if where == "header" else key] = one
    return found


def _style(parameter: Mapping[str, Any]) -> tuple[Any, Any]:
    style = parameter.get("style", _STYLES.get(str(parameter.get("in"))))
    return style, parameter.get("explode", style == "form")


def _matching(status: str, given: Mapping[str, Any]) -> str | None:
    """Give the entry that speaks of a status; `default` speaks of those that are no success."""
    ranged = f"{status[:1]}XX"
    candidates = [status, ranged, ranged.lower()]
    candidates += [] if status.startswith("2") else ["default"]
    return next((each for each in candidates if each in given), None)


def _media(kind: str, given: Mapping[str, Any]) -> str | None:
    plain = kind.partition(";")[0].strip().lower()
    names = {name.partition(";")[0].strip().lower(): name for name in given}
    candidates = (plain, plain.partition("/")[0] + "/*", "*/*")
    return next((names[each] for each in candidates if each in names), None)

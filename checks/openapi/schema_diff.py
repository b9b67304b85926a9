"""What a new schema breaks of an old one, in the direction in which its values travel.

What is sent to the service must still be accepted: a request's schema may only grow wider. What
comes back must still be understood: an answer's schema may only grow narrower. That new fields come
back is no break: a client leaves out what it does not know.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from checks.core.files import UnreadableError
from checks.core.threads import Going
from checks.openapi.constraints import Change, limits
from checks.openapi.document import Document
from checks.openapi.schema_view import TYPES, Nodes, Reader, View, apart

_MOST_PAIRS = 1_000_000

Child = tuple[str, Nodes, Nodes]
"""A place inside a schema, and what stands there before and after."""


class Narrowing:
    """Compares the schemas of two documents; what was found to break nothing is not seen again."""

    def __init__(self, old: Document, new: Document, going: Going) -> None:
        self._old, self._new, self._going = Reader(old), Reader(new), going
        self._pairs = 0
        self._known: dict[Any, tuple[list[Change], list[Child]]] = {}
        self._clean: set[Any] = set()

    def request(self, old: Nodes, new: Nodes, place: str) -> Iterator[Change]:
        """Give what the service accepted, and accepts no longer."""
        return self._all(old, new, place, sent=True)

    def answer(self, old: Nodes, new: Nodes, place: str) -> Iterator[Change]:
        """Give what the service answered, and what of it changed for who reads it."""
        return self._all(old, new, place, sent=False)

    def _all(self, old: Nodes, new: Nodes, place: str, *, sent: bool) -> Iterator[Change]:
        """Go through all that hangs together, the nearest first; each pair stands there once."""
        waiting: deque[Child] = deque([("", old, new)])
        seen: set[Any] = set()
        broken = False
        while waiting:
            inside, before, after = waiting.popleft()
            key = self._key(before, after, sent)
            if key in seen or key in self._clean:
                continue
            seen.add(key)
            found, children = self._step(key, before, after, sent=sent)
            for each in found:
                broken = True
                where = f"{place} {(inside + each.place).removeprefix('.')}".rstrip()
                yield Change(where, each.what, each.sure)
            open_ones = [
                (inside + at, ours, theirs)
                for at, ours, theirs in children
                if self._key(ours, theirs, sent) not in self._clean
            ]
            if not found and not open_ones:
                self._clean.add(key)
            waiting.extend(open_ones)
        if not broken:
            self._clean |= seen

    def _key(self, old: Nodes, new: Nodes, sent: bool) -> Any:
        return self._old.same(old), self._new.same(new), sent

    def _step(
        self, key: Any, old: Nodes, new: Nodes, *, sent: bool
    ) -> tuple[list[Change], list[Child]]:
        self._going()
        self._pairs += 1
        if self._pairs > _MOST_PAIRS:
            raise UnreadableError(f"there are over {_MOST_PAIRS:,} pairs of schemas to compare")
        if key not in self._known:
            self._known[key] = self._compared(old, new, sent=sent)
        return self._known[key]

    def _compared(self, old: Nodes, new: Nodes, *, sent: bool) -> tuple[list[Change], list[Child]]:
        before, after = self._old.views(old), self._new.views(new)
        if len(before) == len(after) == 1 and len(before[0].types) <= 1:
            return self._pair(before[0], after[0], sent=sent)
        # A value that travels: of the old clients to the service, or of the new service to them.
        travels, fits = (before, after) if sent else (after, before)
        whole = [part for each in fits for part in apart(each)]
        found, children = list[Change](), list[Child]()
        for one in (part for each in travels for part in apart(each) if part.types):
            more, further = self._into(one, whole, sent=sent)
            found += more
            children += further
        return found, children

    def _into(self, one: View, fits: list[View], *, sent: bool) -> tuple[list[Change], list[Child]]:
        """Compare an alternative that travels with the one that is meant for it.

        That is the one of the same name; where there is none, the one that it comes nearest to.
        """
        named = [each for each in fits if one.label and each.label == one.label]
        tries = [
            self._pair(one, each, sent=True) if sent else self._pair(each, one, sent=False)
            for each in named or fits
            if one.types & each.types
        ]
        best = min(tries, key=lambda each: len(each[0]), default=None)
        # Of an alternative with another name, that it differs is not what should be said.
        other = one.label and not named and any(each.label for each in fits)
        lost = best is None or (best[0] and other)
        if best is not None and not lost:
            return best
        what = one.label or _named(one)
        said = "is accepted no longer" if sent else "may come now"
        return [Change("", f"{what} {said}")], []

    def _pair(self, old: View, new: View, *, sent: bool) -> tuple[list[Change], list[Child]]:
        inner, outer = (old, new) if sent else (new, old)
        if _types(inner) - _types(outer):
            return [Change("", f"type {_named(old)} became {_named(new)}")], []
        found = list(limits(inner, outer, sent=sent))
        before, after = self._visible(old, self._old, sent), self._visible(new, self._new, sent)
        for name in before:
            if name not in after:
                found.append(Change(f".{name}", "removed"))
            elif not sent and name in old.required and name not in new.required:
                found.append(Change(f".{name}", "may be missing now"))
        found += _demands(old, new, after) if sent else []
        children = [(f".{name}", before[name], after[name]) for name in before if name in after]
        if old.items or new.items:
            children.append(("[]", old.items, new.items))
        if (new.others if sent else old.others) and not (new.closed or old.closed):
            children.append((".*", old.others, new.others))
        return found, children

    def _visible(self, view: View, reader: Reader, sent: bool) -> dict[str, Nodes]:
        """Leave out the fields that only travel the other way."""
        hidden = "readOnly" if sent else "writeOnly"

        def hides(nodes: Nodes) -> bool:
            return any(
                isinstance(node, dict) and node.get(hidden) is True
                for one in reader.views(nodes)
                for node in one.nodes
            )

        return {name: nodes for name, nodes in view.properties.items() if not hides(nodes)}


def _demands(old: View, new: View, after: dict[str, Nodes]) -> Iterator[Change]:
    """Give what a request needs now, or holds in vain."""
    for name in sorted(new.required - old.required):
        # What only answers hold cannot be required of a request.
        if name in after or name not in new.properties:
            yield Change(f".{name}", "required now")
    if new.closed and not old.closed and "object" in old.types:
        yield Change("", "further fields are accepted no longer")


def _types(view: View) -> frozenset[str]:
    if view.enum is not None and "null" not in view.enum:
        return view.types - {"null"}
    return view.types


def _named(view: View) -> str:
    if view.types == TYPES:
        return "any"
    types = view.types - {"integer"} if "number" in view.types else view.types
    return "|".join(sorted(types)) or "none"

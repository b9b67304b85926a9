"""Breaking changes between two schemas, by the direction in which values travel.

The service must still accept every request: a request's schema may only become wider. Clients must
still understand every response: a response's schema may only become narrower. A new field in a
response breaks nothing: clients ignore unknown fields.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from checks.core.errors import UnreadableError
from checks.core.threads import Going
from checks.openapi.constraints import Change, constraint_changes
from checks.openapi.document import Document
from checks.openapi.schema_view import TYPES, Nodes, SchemaReader, SchemaView, split_by_type

_MOST_PAIRS = 1_000_000

Child = tuple[str, Nodes, Nodes]
"""A place inside a schema, and the schemas at that place before and after."""

Comparison = tuple[list[Change], list[Child]]
"""The changes of a pair of schemas themselves, and the pairs of child schemas to compare next."""


class SchemaDiff:
    """Compares the schemas of two documents; remembers which pairs contain no breaking change."""

    def __init__(self, old: Document, new: Document, going: Going) -> None:
        self._old, self._new, self._going = SchemaReader(old), SchemaReader(new), going
        self._pairs = 0
        self._comparisons: dict[Any, Comparison] = {}
        self._clean: set[Any] = set()

    def request_changes(self, old: Nodes, new: Nodes, place: str) -> Iterator[Change]:
        """Yield what the service used to accept at `place` and now rejects.

        Raises UnreadableError if a reference cannot be resolved or the schemas are too large.
        """
        return self._walk(old, new, place, sent=True)

    def response_changes(self, old: Nodes, new: Nodes, place: str) -> Iterator[Change]:
        """Yield what the service may now return at `place` that clients do not expect.

        Raises UnreadableError if a reference cannot be resolved or the schemas are too large.
        """
        return self._walk(old, new, place, sent=False)

    def _walk(self, old: Nodes, new: Nodes, place: str, *, sent: bool) -> Iterator[Change]:
        """Compare a pair of schemas and all below it breadth-first, each pair once."""
        queue: deque[Child] = deque([("", old, new)])
        visited: set[Any] = set()
        is_broken = False
        while queue:
            inside, before, after = queue.popleft()
            key = self._key(before, after, sent)
            if key in visited or key in self._clean:
                continue
            visited.add(key)
            changes, children = self._compare_once(key, before, after, sent=sent)
            for change in changes:
                is_broken = True
                full_place = f"{place} {(inside + change.place).removeprefix('.')}".rstrip()
                yield Change(full_place, change.what, change.certain)
            unresolved = [
                (inside + child_place, child_old, child_new)
                for child_place, child_old, child_new in children
                if self._key(child_old, child_new, sent) not in self._clean
            ]
            if not changes and not unresolved:
                self._clean.add(key)
            queue.extend(unresolved)
        if not is_broken:
            self._clean |= visited

    def _key(self, old: Nodes, new: Nodes, sent: bool) -> Any:
        return self._old.identity(old), self._new.identity(new), sent

    def _compare_once(self, key: Any, old: Nodes, new: Nodes, *, sent: bool) -> Comparison:
        self._going()
        self._pairs += 1
        if self._pairs > _MOST_PAIRS:
            raise UnreadableError(f"there are over {_MOST_PAIRS:,} pairs of schemas to compare")
        if key not in self._comparisons:
            self._comparisons[key] = self._compare(old, new, sent=sent)
        return self._comparisons[key]

    def _compare(self, old: Nodes, new: Nodes, *, sent: bool) -> Comparison:
        old_views, new_views = self._old.views(old), self._new.views(new)
        if len(old_views) == len(new_views) == 1 and len(old_views[0].types) <= 1:
            return self._compare_pair(old_views[0], new_views[0], sent=sent)
        # Values travel from old clients to the service, or from the new service to clients.
        senders, receivers = (old_views, new_views) if sent else (new_views, old_views)
        accepted = [part for view in receivers for part in split_by_type(view)]
        changes, children = list[Change](), list[Child]()
        for alternative in (part for view in senders for part in split_by_type(view) if part.types):
            more_changes, more_children = self._compare_to_best(alternative, accepted, sent=sent)
            changes += more_changes
            children += more_children
        return changes, children

    def _compare_to_best(
        self, alternative: SchemaView, accepted: list[SchemaView], *, sent: bool
    ) -> Comparison:
        """Compare an alternative with its counterpart among those that the receiver accepts.

        The counterpart is the alternative with the same label or, without one, the most similar.
        """
        label = alternative.label
        same_label = [view for view in accepted if label and view.label == label]
        comparisons = [
            self._compare_pair(alternative, view, sent=True)
            if sent
            else self._compare_pair(view, alternative, sent=False)
            for view in same_label or accepted
            if alternative.types & view.types
        ]
        best = min(comparisons, key=lambda comparison: len(comparison[0]), default=None)
        # Differences from an alternative with another label would only mislead the reader.
        is_unrelated = label and not same_label and any(view.label for view in accepted)
        if best is not None and not (best[0] and is_unrelated):
            return best
        verb = "is no longer accepted" if sent else "may be returned now"
        return [Change("", f"{label or _type_name(alternative)} {verb}")], []

    def _compare_pair(self, old: SchemaView, new: SchemaView, *, sent: bool) -> Comparison:
        inner, outer = (old, new) if sent else (new, old)
        if _effective_types(inner) - _effective_types(outer):
            return [Change("", f"type {_type_name(old)} became {_type_name(new)}")], []
        changes = list(constraint_changes(inner, outer, sent=sent))
        before = self._visible_properties(old, self._old, sent)
        after = self._visible_properties(new, self._new, sent)
        for name in before:
            if name not in after:
                changes.append(Change(f".{name}", "removed"))
            elif not sent and name in old.required and name not in new.required:
                changes.append(Change(f".{name}", "may be missing now"))
        changes += _new_demands(old, new, after) if sent else []
        children = [(f".{name}", before[name], after[name]) for name in before if name in after]
        if old.items or new.items:
            children.append(("[]", old.items, new.items))
        if (new.additional if sent else old.additional) and not (new.is_closed or old.is_closed):
            children.append((".*", old.additional, new.additional))
        return changes, children

    def _visible_properties(
        self, view: SchemaView, reader: SchemaReader, sent: bool
    ) -> dict[str, Nodes]:
        """Return the properties without those that only travel in the other direction."""
        keyword = "readOnly" if sent else "writeOnly"

        def is_hidden(nodes: Nodes) -> bool:
            return any(
                isinstance(node, dict) and node.get(keyword) is True
                for alternative in reader.views(nodes)
                for node in alternative.nodes
            )

        return {name: nodes for name, nodes in view.properties.items() if not is_hidden(nodes)}


def _new_demands(old: SchemaView, new: SchemaView, after: dict[str, Nodes]) -> Iterator[Change]:
    """Yield the fields that a request now needs or must no longer hold."""
    for name in sorted(new.required - old.required):
        # A read-only property may be listed as required: it is required of responses alone.
        if name in after or name not in new.properties:
            yield Change(f".{name}", "required now")
    if new.is_closed and not old.is_closed and "object" in old.types:
        yield Change("", "additional fields are no longer accepted")


def _effective_types(view: SchemaView) -> frozenset[str]:
    if view.enum is not None and "null" not in view.enum:
        return view.types - {"null"}
    return view.types


def _type_name(view: SchemaView) -> str:
    if view.types == TYPES:
        return "any"
    types = view.types - {"integer"} if "number" in view.types else view.types
    return "|".join(sorted(types)) or "none"

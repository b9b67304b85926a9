"""The right replies of a source as templates, and what is left of one that lacks something."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.checks.hostile import cuts
from tests.monitors.examples import NOW, STAMP, VALUE, Replies

Served = Mapping[str, str]
"""A reply to each request that contains a text; the last one contains the empty text, as all do."""


def right(replies: Replies) -> Served:
    return {**replies.beside, "": replies.right}


def changed(replies: Replies, change: Callable[[str], Iterable[str]]) -> Iterator[Served]:
    """Yield the right replies with one of them changed, in each way."""
    served = right(replies)
    for part, template in served.items():
        yield from ({**served, part: other} for other in change(template))


def marks(template: str) -> list[str]:
    return re.findall(f"{VALUE}|{STAMP}", template)


def lacking(template: str) -> Iterator[str]:
    """Yield what is left of a template that lacks a value or an instant."""
    yield from (
        cut for it in cuts(template.encode()).values() if not marks(cut := it.decode("utf-8"))
    )
    for mark in re.finditer(f"{VALUE}|{STAMP}", template):
        for none in ("null", "NaN", "a text"):
            yield template[: mark.start()] + none + template[mark.end() :]
    yield from (less for less in pruned(template) if marks(less) != marks(template))


def pruned(template: str) -> Iterator[str]:
    """Yield a template in JSON without each of its parts in turn; nothing of another one."""
    numbers = {VALUE: "9000000001", STAMP: "9000000002", NOW: "9000000003"}
    for mark, number in numbers.items():
        template = template.replace(mark, number)
    try:
        document = json.loads(template)
    except json.JSONDecodeError:
        return
    for less in without_parts(document):
        text = json.dumps(less)
        for mark, number in numbers.items():
            text = text.replace(number, mark)
        yield text


def without_parts(node: Any) -> Iterator[Any]:
    """Yield a document with each part in turn emptied, null or left out."""
    yield None
    if not isinstance(node, dict | list):
        return
    yield type(node)()
    for key, inner in list(node.items() if isinstance(node, dict) else enumerate(node)):
        rest = node.copy()
        del rest[key]
        yield rest
        for less in without_parts(inner):
            other = node.copy()
            other[key] = less
            yield other

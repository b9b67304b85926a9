"""The reference page of all checks, from their code: `python -m cockpit.card.docs.checks_page`."""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import get_args

from checks.core.base import Check, Scheduling
from checks.registry import AllOf, AnyCheck
from cockpit.card.docs.preface import COMMON, INTRODUCTION
from cockpit.card.docs.schema import schema
from cockpit.card.docs.tables import Schema, cell, inner, table
from cockpit.card.load_card import loads


def _name(kind: type[Check]) -> str:
    """Return the tag of a kind of check, as `http`."""
    return str(kind.__struct_config__.tag)


TOPICS = {
    "The service": ("http", "load", "routes", "surface", "compatibility", "dns"),
    "The database": ("postgres", "database", "migrations", "backup", "restore"),
    "Security": ("auth", "cors", "rate-limit", "tls", "secrets", "pii"),
    "Observability": ("prometheus", "dashboards", "sentry", "budget"),
    "The machine": ("command", "clock"),
    "Made of other checks": ("measured", "all"),
}
_USUAL = "no answer within this time is unknown"
_TURNS = {
    Scheduling.CONCURRENT: "beside the others",
    Scheduling.EXCLUSIVE: "by itself",
    Scheduling.FINAL: "last",
}
_NOTES = {
    "sentry": "The tests and the rehearsal ask a stand-in that keeps to Sentry's documented API.",
    "dashboards": "The tests and the rehearsal ask a stand-in that keeps to Grafana's documented"
    " API.",
    "prometheus": "The tests ask a real Prometheus and a real Alertmanager. The rehearsal has a"
    " stand-in for both, which keeps to their documented APIs.\n\nIts figures are the values of"
    " those `queries` that have one series, by the names that the card gives them.",
    "budget": "The tests ask a real Prometheus. The rehearsal has a stand-in, whose answers are"
    " held against the real one's.",
    "measured": "Its figure is the one that it reads. By hand, name both: `--only soak --only ID`.",
    "all": "Its figures are those of its checks. It takes the turn of the one that disturbs most,"
    " and the time of all.",
}
KINDS: Mapping[str, type[Check]] = {_name(kind): kind for kind in get_args(AnyCheck)}
_SHARED = ("check", "id", "title", "about", "fresh_for", "timeout")


def page() -> str:
    """Return the reference page, in Markdown."""
    definitions = schema()["$defs"]
    shared = {**definitions["Secrets"], "properties": _shared(definitions)}
    parts = [INTRODUCTION + table(shared, definitions) + COMMON]
    for topic, kinds in TOPICS.items():
        lines = (f"- [`{kind}`](#{kind}): {_says(kind, definitions)[0]}" for kind in kinds)
        parts.append("\n".join([f"**{topic}**\n", *lines, ""]))
    for topic, kinds in TOPICS.items():
        parts += [f"## {topic}\n", *(_section(kind, definitions) for kind in kinds)]
    return "\n".join(parts)


def on_this_page(definitions: Schema) -> Iterator[str]:
    """Yield the names of the schema definitions that this page documents, not the card's page."""
    for kind in KINDS.values():
        yield kind.__name__
        yield from (name for _, name in inner(definitions[kind.__name__]))


@cache
def examples() -> dict[str, tuple[str, Check]]:
    """Return an example of each kind by its tag: its YAML text, and the check read from it."""
    text = resources.files("cockpit.card").joinpath("examples.yaml").read_text(encoding="utf-8")
    written = re.findall(r"^- check: .+\n(?:  .*\n)*", text, re.MULTILINE)
    read = [step for step in loads(text).preflight if isinstance(step, Check)]
    return {_name(type(check)): (entry, check) for entry, check in zip(written, read, strict=True)}


def _example(kind: str) -> tuple[str, Check]:
    """Return the example of a kind; raises LookupError if it has none."""
    if kind not in examples():
        raise LookupError(f"the kind {kind} has no example: add one to cockpit/card/examples.yaml")
    return examples()[kind]


def _shared(definitions: Schema) -> dict[str, Schema]:
    properties = definitions["Secrets"]["properties"]
    kind = {"description": "its kind, as below", "type": "string"}
    return {key: kind if key == "check" else properties[key] for key in _SHARED}


def _section(kind: str, definitions: Schema) -> str:
    model = definitions[KINDS[kind].__name__]
    parts = [f"### `{kind}`", *_says(kind, definitions), _facts(kind, model)]
    parts.append(table(model, definitions, _SHARED))
    for key, name in inner(model):
        parts += [f"Each of `{key}`:", table(definitions[name], definitions)]
    parts += [_figures(kind), "```yaml\n" + _example(kind)[0] + "```\n"]
    return "\n\n".join(filter(None, parts))


def _says(kind: str, definitions: Schema) -> list[str]:
    """Return the paragraphs on a kind: its docstring, and notes on its tests and figures."""
    own = definitions[KINDS[kind].__name__]["description"]
    text = re.sub(r"^(Failed|Unknown):", r"**\1**:", own, flags=re.MULTILINE)
    return [*text.split("\n\n"), *filter(None, [_NOTES.get(kind)])]


def _facts(kind: str, model: Schema) -> str:
    """Return when a check runs among others, and its timeout, as one line."""
    if KINDS[kind] is AllOf:
        return ""
    turn, timeout = _TURNS[_example(kind)[1].scheduling()], model["properties"]["timeout"]
    usual = timeout["description"] == _USUAL
    more = "" if usual else f" ({timeout['description']})"
    return f"**Turn**: {turn}. **Timeout**: `{timeout['default']}`{more}."


def _figures(kind: str) -> str:
    rows = [f"| `{name}` | {cell(what)} |" for name, what in KINDS[kind].FIGURES.items()]
    return "\n".join(["| figure | what it is |", "| --- | --- |", *rows]) if rows else ""


if __name__ == "__main__":
    sys.stdout.write(page())

"""The card's reference page, written from its schema: `python -m cockpit.card.reference`."""

import sys
from typing import Any

from cockpit.card.rules import RULES
from cockpit.card.schema import schema

_INTRODUCTION = """\
# The card

<!-- `python -m cockpit.card.reference > docs/card.md` writes this; a test holds it to the code. -->

A card is one YAML 1.2 document of at most 1 MiB. `cockpit init` writes one to begin with,
`cockpit validate CARD` reads one and touches nothing, `cockpit schema` prints its JSON Schema for
editors.

- **Text stays text.** Only `true` and `false` are truths (`no`, `yes`, `on` and `off` are texts),
  and `2.4.0` needs no quotes; but `2.10` is a number, so write `"2.10"` where a text belongs.
- **A duration** has a unit: `250ms`, `10s`, `5m`, `1h30m`. **A share** is a percentage: `5%`,
  `0.5 %`. **A limit** is a duration, a share, a rate as `100/min`, or a bare number. **An instant**
  has an offset: `2027-03-01T02:00Z`.
- **A step** is a `run`, `check`, `traffic`, `hold`, `confirm` or `report`, after the key that it
  holds. **A check** is of the kind that `check` says, and **a monitor** of the kind that `source`
  says. All of them are below.
- **`${NAME}`** takes a value from the environment. A password, key or token that stands in the card
  itself is an error.
- **Unknown keys are errors**, and so is a key that stands twice. Every problem is named at once,
  each with file, line, column and key.
"""

_ORDER = (
    ("Versions", "`versions`"),
    ("Window", "`window`"),
    ("Target", "`target`"),
    ("Router", "`traffic`"),
    ("Observe", "`traffic.observe`"),
    ("Phase", "An entry of `phases`"),
    ("Run", "Step `run`"),
    ("Traffic", "Step `traffic`"),
    ("Hold", "Step `hold`"),
    ("Confirm", "Step `confirm`"),
    ("Report", "Step `report`"),
    ("Secrets", "Check `secrets`"),
    ("Command", "Check `command`"),
    ("Routes", "Check `routes`"),
    ("Surface", "Check `surface`"),
    ("Http", "Check `http`"),
    ("Postgres", "Check `postgres`"),
    ("Load", "Check `load`"),
    ("Weighted", "An entry of `operations`"),
    ("Auth", "Check `auth`"),
    ("Cors", "Check `cors`"),
    ("RateLimit", "Check `rate-limit`"),
    ("Measured", "Check `measured`"),
    ("Sentry", "Check `sentry`"),
    ("PrometheusHealth", "Check `prometheus`"),
    ("Dashboards", "Check `dashboards`"),
    ("Tls", "Check `tls`"),
    ("Dns", "Check `dns`"),
    ("Database", "Check `database`"),
    ("Migrations", "Check `migrations`"),
    ("BackupAge", "Check `backup`"),
    ("ErrorBudget", "Check `budget`"),
    ("Pii", "Check `pii`"),
    ("Restore", "Check `restore`"),
    ("Skew", "Check `clock`"),
    ("Compatibility", "Check `compatibility`"),
    ("Scraped", "Monitor from `metrics`"),
    ("Prometheus", "Monitor from `prometheus`"),
    ("Checked", "Monitor by a `check`"),
    ("Breaker", "An entry of `breakers`"),
    ("Rollback", "`rollback`"),
    ("Success", "`success`"),
)
_CHOICES = ("Environment", "OnTrip", "Part")
_UNIONS = {"Step": "step", "Check": "check", "Monitor": "monitor"}
_BY_EXAMPLE = {
    "10m": "duration",
    "5%": "share",
    "250ms": "limit",
    "50/s": "rate",
    "2027-03-01T02:00Z": "instant",
}


def page() -> str:
    """Give the reference page, in Markdown."""
    whole = schema()
    definitions = whole["$defs"]
    titles = dict(_ORDER)
    missing = definitions.keys() - {*titles, *_CHOICES, *_UNIONS}
    titles |= {name: name for name in sorted(missing)}
    parts = [_INTRODUCTION, _section("The whole card", whole, definitions)]
    parts += [_section(titles[name], definitions[name], definitions) for name in titles]
    return "\n".join([*parts, "## What must fit together\n", *_rules(), ""])


def _rules() -> list[str]:
    """Take the rules over from their own first lines."""
    lines = ((rule.__doc__ or "").splitlines()[0].removeprefix("See that ") for rule in RULES)
    return [f"- {line[:1].upper()}{line[1:]}" for line in lines]


def _section(title: str, model: dict[str, Any], definitions: dict[str, Any]) -> str:
    required = model.get("required", [])
    rows = [
        f"| `{key}` | {_type(given, definitions)} | {_default(key, given, required)} "
        f"| {_cell(given.get('description', ''))} |"
        for key, given in model["properties"].items()
    ]
    head = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}\n", model["description"] + "\n", *head, *rows, ""])


def _default(key: str, given: dict[str, Any], required: list[str]) -> str:
    if key in required:
        return "**needed**"
    if "default" not in given:
        return ""
    value = given["default"]
    is_truth = isinstance(value, bool)
    return f"`{str(value).lower() if is_truth else value}`"


def _type(given: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say in a few words what a key takes."""
    if reference := given.get("$ref"):
        return _named(reference.rsplit("/", 1)[-1], definitions)
    if options := given.get("anyOf"):
        is_null = {"type": "null"}
        return " or ".join(_type(each, definitions) for each in options if each != is_null)
    if "const" in given:
        return f"`{given['const']}`"
    if "enum" in given:
        return _choices(given)
    for example in given.get("examples", [])[:1]:
        return _BY_EXAMPLE[str(example)]
    return _plain(given, definitions)


def _plain(given: dict[str, Any], definitions: dict[str, Any]) -> str:
    kind = given.get("type")
    if kind == "array":
        return f"list of {_type(given['items'], definitions)}"
    if kind == "object":
        inner = given.get("patternProperties", {"": given.get("additionalProperties")})
        return f"mapping of {_type(next(iter(inner.values())), definitions)}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "truth"}
    return words[str(kind)]


def _named(name: str, definitions: dict[str, Any]) -> str:
    if name in _UNIONS:
        return _UNIONS[name]
    if name in _CHOICES:
        return _choices(definitions[name])
    return "mapping, see below"


def _choices(given: dict[str, Any]) -> str:
    return ", ".join(f"`{choice}`" for choice in given["enum"])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())

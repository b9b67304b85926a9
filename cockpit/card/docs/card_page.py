"""The card's reference page, written from its schema: `python -m cockpit.card.docs.card_page`."""

import sys
from typing import get_args

from cockpit.card.docs import checks_page
from cockpit.card.docs.schema import schema
from cockpit.card.docs.tables import CHOICES, UNIONS, Schema, table
from cockpit.card.model.breakers import Breaker
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.read.shape import own_keys
from cockpit.card.rules import RULES

_NAME = "${NAME}"
_BREAKERS = " or ".join(f"a `{key}`" for key in own_keys(get_args(Breaker)))
_INTRODUCTION = f"""\
# The card

<!-- `python -m cockpit.card.docs.card_page > docs/card.md` writes it; a test checks it. -->

A card is one YAML 1.2 document of at most 1 MiB. `cockpit init` writes one to begin with,
`cockpit validate CARD` reads one and touches nothing, `cockpit schema` prints its JSON Schema for
editors.

- **Text stays text.** Only `true` and `false` are truths (`no`, `yes`, `on` and `off` are texts),
  and `2.4.0` needs no quotes; but `2.10` is a number, so write `"2.10"` where a text belongs.
- **A duration** has a unit: `250ms`, `10s`, `5m`, `1h30m`. **A share** is a percentage: `5%`,
  `0.5 %`. **A limit** is a duration, a share, a rate as `100/min`, or a bare number. **An instant**
  has an offset: `2027-03-01T02:00Z`.
- **A step** is a `run`, `check`, `traffic`, `hold`, `confirm` or `report`, after the key that it
  holds; all of them are below, but for the kinds of check, which [checks.md](checks.md) lists.
  **A monitor** is of the kind that `source` says, and **a breaker** is {_BREAKERS}.
- **The preflight ends with a test trip of each monitor**, a line of its own: what its source
  answers now, with a fault written in, must trip it; without its label, or its target, it must be
  blind. Nobody is paged and no trip is recorded. One that would not trip has failed; one that
  cannot be tried yet is unknown, as where a service has had no request. A named person may waive
  either.
- **`{_NAME}`** takes a value from the environment. A password, key or token that stands in the card
  itself is an error.
- **Unknown keys are errors**, and so is a key that stands twice. Every problem is named at once,
  each with file, line, column and key.
"""

_ORDER = (
    ("Versions", "`versions`"),
    ("CutoverWindow", "`window`"),
    ("Target", "`target`"),
    ("CommandRouter", "`traffic` by a command"),
    ("Observe", "`traffic.observe`"),
    ("Phase", "An entry of `phases`"),
    ("Run", "Step `run`"),
    ("Traffic", "Step `traffic`"),
    ("Hold", "Step `hold`"),
    ("Confirm", "Step `confirm`"),
    ("Report", "Step `report`"),
    *(
        (monitor.__name__, f"Monitor `{monitor.__struct_config__.tag}`")
        for monitor in get_args(AnyMonitor)
    ),
    ("CommandBreaker", "Breaker `run`"),
    ("RollbackBreaker", "Breaker `rollback`"),
    ("Rollback", "`rollback`"),
    ("Success", "`success`"),
)


def page() -> str:
    """Return the reference page of the card, in Markdown."""
    whole = schema()
    definitions = whole["$defs"]
    titles = dict(_ORDER)
    elsewhere = {*titles, *CHOICES, *UNIONS, *checks_page.on_this_page(definitions)}
    titles |= {name: name for name in sorted(definitions.keys() - elsewhere)}
    parts = [_INTRODUCTION, _section("The whole card", whole, definitions)]
    parts += [_section(titles[name], definitions[name], definitions) for name in titles]
    return "\n".join([*parts, "## What must fit together\n", *_rules(), ""])


def _rules() -> list[str]:
    """Return a list item for each rule, from the first line of its docstring."""
    lines = (
        (rule.__doc__ or "").splitlines()[0].removeprefix("See that ").removeprefix("Check that ")
        for rule in RULES
    )
    return [f"- {line[:1].upper()}{line[1:]}" for line in lines]


def _section(title: str, model: Schema, definitions: Schema) -> str:
    return "\n".join([f"## {title}\n", model["description"] + "\n", table(model, definitions), ""])


if __name__ == "__main__":
    sys.stdout.write(page())

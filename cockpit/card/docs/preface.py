"""The introduction of the reference page of the checks."""

INTRODUCTION = """\
# The checks

<!-- `python -m cockpit.card.docs.checks_page > docs/checks.md` writes it; a test checks it. -->

A check asks one question, and changes nothing unless its part of this page says **It writes**;
what a command or a locustfile of your own does is yours. It stands in a card as a step, as the
`verify` of an action, or as the `check` of a monitor; [card.md](card.md) lists the card's other
keys. What comes of it is one of three words:

- **passed**: it was measured, and is right;
- **failed**: it was measured, and is wrong;
- **unknown**: it could not be measured. That never counts as passed, and holds up a GO.

## Run one by hand

```sh
cockpit check golive.yaml --only ID --json
```

`ID` is the `id` of any check among the card's steps; without `--only`, the preflight is looked at.
No run is begun. On stdout comes one JSON document: `exit_status`, `verdict`, and for each of the
`checks` its `id`, `title`, `outcome`, `evidence` (one line to act on), `details` (more lines),
`figures` and `seconds`. Without `--json` it comes as text.

| exit status | meaning |
| --- | --- |
| 0 | every check passed |
| 1 | at least one failed |
| 2 | the command line or the card is wrong, and nothing was looked at |
| 3 | none failed, and at least one is unknown |

## What all of them take

"""

COMMON = """

- **`timeout`** ends the look: no answer until then is unknown. The default of each kind, and what
  else it counts, stand below.
- **`fresh_for`** is for the Done list: a pass that is older is stale, counts no longer, and takes
  the GO away until the check is looked at again.
- **`optional`** is no key of all: only [`database`](#database) has it.
- **Its turn** is for the preflight and the Done list, where checks look side by side. One that
  would disturb the others looks by itself, after them; one that reads what they measured comes
  last. In a phase each step waits for the one before it.
- **Figures** are what a check measures beside its outcome. [`measured`](#measured) holds one
  against a limit, and so does a monitor with `source: check` and a `figure`.

## All of them
"""

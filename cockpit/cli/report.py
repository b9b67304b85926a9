"""`cockpit report`: the report of a run, written from its journal."""

import argparse

from cockpit.card.model.plan import plan
from cockpit.cli.find_run import card_of, named, now_s
from cockpit.cli.printing import print_json
from cockpit.cli.run_document import document
from cockpit.projections.decision import decide as decide_now
from cockpit.report import markdown


def report(options: argparse.Namespace) -> int:
    """Print the report as Markdown or, with `--json`, inside the run's document. Returns 0."""
    run = named(options, options.run)
    state = run.state()
    card = card_of(run, state)
    text = markdown.render(card, *markdown.with_head(run))
    if options.json:
        planned = plan(card)
        result = document(planned, state, decide_now(planned, state, now_s(state)))
        print_json({**result, "markdown": text})
    else:
        print(text, end="")
    return 0

"""A step's title for the screen, and its id for commands and the journal."""

import re
import unicodedata
from collections.abc import Container
from typing import assert_never

from checks.core.base import Check
from checks.core.durations import format_duration
from cockpit.card.model.steps import Confirm, Hold, Prove, Report, Run, Step, Traffic
from cockpit.foundation.formatting import percent

MAX_ID = 48
MAX_TITLE = 60
_NOT_IN_IDS = re.compile(r"[^a-z0-9.+]+")
_NPM = re.compile(r"^npm run (?:-s |--silent )?")


def title(step: Step) -> str:
    """Return a step's title, at most 60 characters: the card's, or one derived from the step."""
    return shortened(step.title or _made(step))


def _made(step: Step) -> str:  # noqa: PLR0911 - one arm a kind
    match step:
        case Check():
            return step.label()
        case Run():
            return _NPM.sub("", step.run)
        case Traffic():
            return f"traffic {percent(step.traffic)}"
        case Hold():
            return f"hold {format_duration(step.hold)}"
        case Confirm():
            return step.confirm
        case Report():
            return "report"
        case Prove():
            return f"{step.monitor.title or step.monitor.monitor} test trip"
        case _:
            assert_never(step)


def shortened(text: str, limit: int = MAX_TITLE) -> str:
    """Shorten a text to one line of at most `limit` characters, cut after a word.

    >>> shortened("a load test of 60 s stayed under", 20)
    'a load test of 60 s…'
    """
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    whole_words = line[:limit].rsplit(" ", 1)[0]
    return whole_words[: limit - 1].rstrip(",;: ") + "…"


def item_id(section: str, step: Step, taken: Container[str]) -> str:
    """Return a step's id: the card's, or section and slug, with -2, -3 ... if that is taken."""
    if step.id:
        return step.id
    base = f"{section}.{slug(step)}"[:MAX_ID].rstrip("-.")
    name, number = base, 2
    while name in taken:
        suffix = f"-{number}"
        name, number = base[: MAX_ID - len(suffix)] + suffix, number + 1
    return name


def slug(step: Step) -> str:
    """Return a short id for a step in small letters and digits, as `cutover-t-30`."""
    match step:
        case _ if step.title:
            text = step.title
        case Check():
            text = str(step.__struct_config__.tag)
        case Run():
            text = " ".join(_NPM.sub("", step.run).split()[-2:])
        case Traffic():
            text = f"traffic {step.traffic * 100:.2f}".rstrip("0").rstrip(".")
        case Hold():
            text = f"hold {_id_duration(step.hold)}"
        case Hold() | Confirm() | Report():
            text = _made(step)
        case Prove():
            text = f"trip {step.monitor.monitor}"
        case _:
            assert_never(step)
    ascii_text = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return _NOT_IN_IDS.sub("-", ascii_text).strip("-.+") or "step"


def _id_duration(seconds: float) -> str:
    """Format the length of a hold for its id.

    Journals name steps by their ids, so this form stays whatever form the screen shows.

    >>> _id_duration(0.4), _id_duration(30), _id_duration(59.6), _id_duration(600)
    ('0.4s', '30s', '1m', '10m')
    """
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    return format_duration(round(seconds)).replace(" ", "")

"""Rules for figures: a limit names a figure that the check measures, in its unit."""

from collections.abc import Iterator
from typing import Any, cast

from checks.core.base import Check
from checks.core.limits import Limit
from checks.core.limits import limit as read_limit
from checks.core.units import duration
from checks.registry import AllOf, AnyCheck
from cockpit.card.read.maker import make
from cockpit.card.rules.raw import checks, mappings, steps
from cockpit.card.yaml.places import Path, PathFault


def figures_are_measured(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a figure held against a limit is one that the check measures, in its unit."""
    by_id = {step["id"]: step for _, step in steps(raw) if isinstance(step.get("id"), str)}
    for path, check in checks(raw):
        of = check.get("of")
        if check["check"] == "measured" and isinstance(of, str) and of in by_id:
            yield from _faults(by_id[of], check, "at_most", path)
    for path, monitor in mappings(raw, "monitors", "*"):
        if monitor.get("source") == "check":
            yield from _faults(monitor.get("check"), monitor, "above", path)


def _faults(measures: Any, held: dict[str, Any], key: str, path: Path) -> Iterator[PathFault]:
    """Check one figure and its limit; the model reports a malformed check."""
    figure = held.get("figure")
    if not (isinstance(measures, dict) and isinstance(figure, str)):
        return
    if "check" not in measures:
        yield PathFault(
            (*path, "figure"), "this is measured by a check: name the id of one as `of`"
        )
        return
    check, _ = make(cast(type[Check], AnyCheck), measures)
    if check is None:
        return
    known = check.figures()
    if figure not in known:
        names = ", ".join(f"`{name}`" for name in known)
        has = f"its figures are {names}" if names else "it has no figures"
        message = f"`{measures['check']}` measures no `{figure}`: {has}"
        yield PathFault((*path, "figure"), message)
    elif key in held and (right := _misfit(_unit(check, figure), held[key])):
        message = f"`{figure}` is {known[figure]}, and `{held[key]}` is not: write {right}"
        yield PathFault((*path, key), message)


def _unit(check: Check, figure: str) -> str:
    """Return a check's description of its figure; empty for a figure that the card named."""
    parts = check.checks if isinstance(check, AllOf) else (check,)
    return next((part.FIGURES[figure] for part in parts if figure in part.FIGURES), "")


def _misfit(what: str, limit: Any) -> str:
    """Return what to write if a limit's unit is not that of the figure; empty if it fits.

    A figure whose unit is unknown accepts any limit.

    >>> _misfit("the longest query, in seconds", 200), _misfit("the share left, from 0 to 1", "5 %")
    ('a duration, as 250ms', '')
    """
    try:
        parsed = read_limit(limit)
    except ValueError:
        return ""
    if not what:
        return ""
    is_share, is_rate = parsed.text.endswith("%"), "/" in parsed.text
    if "in seconds" in what:
        return "" if _is_duration(parsed) else "a duration, as 250ms"
    if "from 0 to 1" in what:
        fits = not _is_duration(parsed) and not is_rate and (is_share or parsed <= 1)
        return "" if fits else "a percentage, as 0.5 %"
    return "a bare number" if _is_duration(parsed) or is_share else ""


def _is_duration(limit: Limit) -> bool:
    try:
        duration(limit.text)
    except ValueError:
        return False
    return True


RULES = (figures_are_measured,)

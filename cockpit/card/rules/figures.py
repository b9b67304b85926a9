"""What is held against a limit is what the check measures, by its name."""

from collections.abc import Iterator
from typing import Any, cast

from checks.base import Check
from checks.kinds import AnyCheck
from cockpit.card.making import make
from cockpit.card.places import Fault, Path
from cockpit.card.rules.raw import checks, mappings, steps


def figures_are_measured(raw: dict[str, Any]) -> Iterator[Fault]:
    """See that a figure which is held against a limit is one that the check measures."""
    by_id = {step["id"]: step for _, step in steps(raw) if isinstance(step.get("id"), str)}
    for path, check in checks(raw):
        of = check.get("of")
        if check["check"] == "measured" and isinstance(of, str) and of in by_id:
            yield from _faults(by_id[of], check.get("figure"), (*path, "figure"))
    for path, monitor in mappings(raw, "monitors", "*"):
        if monitor.get("source") == "check":
            yield from _faults(monitor.get("check"), monitor.get("figure"), (*path, "figure"))


def _faults(measures: Any, figure: Any, path: Path) -> Iterator[Fault]:
    """Look at one figure; a check that is malformed is named elsewhere."""
    if not (isinstance(measures, dict) and isinstance(figure, str)):
        return
    if "check" not in measures:
        yield Fault(path, "this is measured by a check: name the id of one as `of`")
        return
    made, _ = make(cast(type[Check], AnyCheck), measures)
    if made is not None and figure not in made.figures():
        names = ", ".join(f"`{name}`" for name in made.figures())
        known = f"its figures are {names}" if names else "it has no figures"
        yield Fault(path, f"`{measures['check']}` measures no `{figure}`: {known}")


RULES = (figures_are_measured,)

"""A pytest plugin that fails a test whose `@pytest.mark.shift("command", "failed")` is not so.

What counts is what came of observing the share, in a run whose card has that router.
"""

from collections.abc import Generator

import pytest

from checks.core.base import Result
from cockpit.card.model.steps import Traffic
from cockpit.card.read.shape import tag
from cockpit.engine import traffic
from cockpit.engine.context import Context
from cockpit.engine.share_pages import SharePages


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passes and is marked with a shift that did not come to its outcome."""
    marked = {mark.args for mark in item.iter_markers("shift")}
    if not marked:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        observed = _observed(patch)
        result = yield
    assert marked <= observed, (
        f"it is marked with shifts that did not happen in it: {sorted(marked - observed)}; "
        f"those that did are {sorted(observed)}"
    )
    return result


def _observed(patch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Return what the shifts of a test come to, as it goes on: router and outcome."""
    observed: set[tuple[str, str]] = set()
    observe_pages = traffic.observe_pages

    async def heard(context: Context, step: Traffic, pages: SharePages) -> Result:
        result = await observe_pages(context, step, pages)
        if mark := tag(type(context.card.traffic)):
            observed.add((mark[1], result.outcome.value))
        return result

    patch.setattr(traffic, "observe_pages", heard)
    return observed

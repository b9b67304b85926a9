"""The choices in the banner: what the operator can do now, the safest first, waiving last."""

from collections.abc import Iterator
from typing import assert_never

from cockpit.screens.view.offers import Available, demoting, offers, usable_rollbacks
from cockpit.screens.view.phrases import parts
from cockpit.screens.view.snapshot import Situation, Snapshot
from widgets.form import Choice

_MOST = 4
_TITLE = 16
"""Cells for a step's title where only `r` and `w` are offered: what fits into 80 columns."""
_OUTPUT = Choice("o", "output")
_JOURNAL = Choice("j", "journal")


def choices(snapshot: Snapshot, at: Situation) -> tuple[Choice, ...]:
    """Return the choices; none on a screen without control."""
    if snapshot.observer is not None:
        return ()
    return tuple(_choices(snapshot, at))[:_MOST]


def _choices(snapshot: Snapshot, at: Situation) -> Iterator[Choice]:  # noqa: C901, PLR0912  (one arm a situation)
    offered = offers(snapshot)
    match at:
        case Situation.ROLLING_BACK:
            yield _OUTPUT
            yield from _back(snapshot)
        case Situation.ROLLED_BACK | Situation.DONE:
            yield _JOURNAL
            yield _OUTPUT
        case Situation.BACK_FAILED | Situation.TRIPPED | Situation.BREACHING | Situation.BLIND:
            yield from _back(snapshot)
            yield from _demote(snapshot)
            yield from _stopped(snapshot)
            yield _OUTPUT
        case Situation.DOUBT:
            if offered.doubt is not None:
                title = offered.doubt.title
                yield Choice("v", f"verify {title}", "verify")
                yield Choice("m", "mark it done", "mark done")
                yield Choice("r", "run it again", "run again")
        case Situation.FAILED | Situation.UNKNOWN:
            yield from _demote(snapshot)
            yield from _stopped(snapshot, most=_TITLE)
        case Situation.STALE:
            yield Choice("d", "Done: run again", "Done")
        case Situation.HELD:
            yield Choice("h", "end the hold")
        case Situation.ASKED:
            if offered.answer is not None:
                yield Choice("a", f"vouch for: {offered.answer.title}", "vouch")
        case Situation.WAITS:
            if offered.next_label and not offered.next_not:
                yield _next(offered)
            elif offered.outside:
                yield Choice("u", "let steps act outside the window", "act outside")
        case Situation.PLANNED_HOLD | Situation.RUNNING:
            pass
        case _:
            assert_never(at)


def _back(snapshot: Snapshot) -> Iterator[Choice]:
    for breaker, undone in usable_rollbacks(snapshot):
        name = breaker.title or breaker.breaker
        text = name if breaker.parts else f"{name}: {parts(undone)}"
        yield Choice(breaker.key.upper(), text, name)


def _demote(snapshot: Snapshot) -> Iterator[Choice]:
    if breaker := demoting(snapshot):
        yield Choice(breaker.key.upper(), breaker.title or breaker.breaker, breaker.breaker)


def _next(offered: Available) -> Choice:
    """Return what `n` starts, or the step that a stage already begun continues with."""
    if not offered.next_step:
        return Choice("n", f"start {offered.next_label}", offered.next_label)
    short = f"go on with {offered.next_label}"
    return Choice("n", f"{short}: {offered.next_step}", short)


def _stopped(snapshot: Snapshot, most: int = 0) -> Iterator[Choice]:
    """Yield running again and waiving; the short form has at most `most` cells of the title."""
    offered = offers(snapshot)
    if offered.again:
        yield Choice("r", offered.again_label, "run again")
    if offered.waive is not None:
        title = offered.waive.title
        yield Choice("w", f"waive {title}", f"waive {_short(title, most)}")


def _short(title: str, most: int) -> str:
    """Return as many words of a title as fit into `most` cells, at least the first.

    >>> _short("npm audit of production", 14), _short("npm audit", 0)
    ('npm audit of', 'npm')
    """
    title_words = title.split()
    fitting = [n for n in range(1, len(title_words) + 1) if len(" ".join(title_words[:n])) <= most]
    return " ".join(title_words[: max(fitting, default=1)])

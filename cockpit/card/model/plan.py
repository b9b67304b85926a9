"""A card as a plan: its steps by section, each with a unique id and a title."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.card.model.breakers import Breaker
from cockpit.card.model.card import Card, Phase
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.naming import item_id, title
from cockpit.card.model.steps import Part, Prove, Step
from cockpit.foundation.errors import UsageError
from cockpit.foundation.suggest import suggest

HEALTHY_STEP = "rollback.healthy"
"""The step id under which a rollback records its check of the stable side; no step of the card."""


class SectionKind(StrEnum):
    """What a section of the plan is; except for a phase, the section's id begins with the value."""

    PREFLIGHT = "preflight"
    PHASE = "phase"
    DONE = "done"
    ROLLBACK = "rollback"
    SUCCESS = "success"
    DRUMBEAT = "drumbeat"


class Planned(Struct, frozen=True):
    """A step in its place; `id` is unique in the plan, `section` the id of its section."""

    id: str
    title: str
    step: Step
    section: str
    section_kind: SectionKind


class Section(Struct, frozen=True):
    """Steps that belong together, in the card's order."""

    id: str
    title: str
    items: tuple[Planned, ...]
    kind: SectionKind


class Plan(Struct, frozen=True):
    """All that a card plans. Section ids are as `preflight`, `t-30`, `done.technical`, `success`.

    `rollback` has every part, also those without steps.
    """

    preflight: Section
    phases: tuple[Section, ...]
    done: tuple[Section, ...]
    rollback: Mapping[Part, Section]
    success: Section
    drumbeat: tuple[Section, ...]
    monitors: tuple[AnyMonitor, ...] = ()
    breakers: tuple[Breaker, ...] = ()

    def sections(self) -> tuple[Section, ...]:
        """Return every section, in the card's order."""
        back = tuple(self.rollback.values())
        return (
            self.preflight,
            *self.phases,
            *self.done,
            *back,
            self.success,
            *self.drumbeat,
        )

    def all(self) -> Iterator[Planned]:
        """Yield every planned step."""
        return (item for section in self.sections() for item in section.items)

    def gating(self) -> Iterator[Planned]:
        """Yield the steps that a GO requires: preflight, phases and Done."""
        gates = (self.preflight, *self.phases, *self.done)
        return (item for section in gates for item in section.items)

    def find(self, id: str) -> Planned:  # noqa: A002  # the name that the command line uses
        """Return the step with that id; raises UsageError, with the most similar id, if none."""
        for item in self.all():
            if item.id == id:
                return item

        raise UsageError(
            f"there is no step `{id}`: {suggest(id, (item.id for item in self.all()))}"
        )


def plan(card: Card) -> Plan:
    """Build the plan of a card; generated ids do not collide with those that the card sets."""
    sections = _Sections(card)
    return Plan(
        preflight=sections.single(SectionKind.PREFLIGHT, (*card.preflight, *_proofs(card))),
        phases=tuple(sections.phase(phase) for phase in card.phases),
        done=tuple(
            sections.group(SectionKind.DONE, name, steps) for name, steps in card.done.items()
        ),
        rollback={
            part: sections.group(SectionKind.ROLLBACK, part.value, card.rollback.steps(part))
            for part in Part
        },
        success=sections.single(SectionKind.SUCCESS, card.success.items),
        drumbeat=tuple(
            sections.group(SectionKind.DRUMBEAT, name, steps)
            for name, steps in card.drumbeat.items()
        ),
        monitors=card.monitors,
        breakers=card.breakers,
    )


def _proofs(card: Card) -> tuple[Prove, ...]:
    """Return a test trip for each monitor: one that could never trip is no watch."""
    return tuple(Prove(monitor=monitor) for monitor in card.monitors)


class _Sections:
    """Builds sections, and remembers the ids that are taken."""

    def __init__(self, card: Card) -> None:
        groups = (
            card.preflight,
            *(phase.steps for phase in card.phases),
            *card.done.values(),
            *(card.rollback.steps(part) for part in Part),
            card.success.items,
            *card.drumbeat.values(),
        )
        self._taken = {step.id for steps in groups for step in steps if step.id}

    def single(self, kind: SectionKind, steps: Sequence[Step]) -> Section:
        """Build the only section of its kind, as `preflight`."""
        return self._section(kind, kind.value, kind.value, steps)

    def group(self, kind: SectionKind, name: str, steps: Sequence[Step]) -> Section:
        """Build one of several sections of a kind, as `done.technical`."""
        return self._section(kind, f"{kind.value}.{name}", name, steps)

    def phase(self, phase: Phase) -> Section:
        """Build a phase; its id is its T-point in small letters, as `t-30`."""
        return self._section(SectionKind.PHASE, phase.phase.lower(), phase.title, phase.steps)

    def _section(self, kind: SectionKind, id: str, name: str, steps: Sequence[Step]) -> Section:  # noqa: A002
        items = tuple(
            Planned(self._new_id(id, step), title(step), step, id, kind) for step in steps
        )
        return Section(id, name, items, kind)

    def _new_id(self, section: str, step: Step) -> str:
        name = item_id(section, step, self._taken)
        self._taken.add(name)
        return name

"""A card as a plan: every step with the id and title by which all else speaks of it."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from cockpit.card.model.card import Breaker, Card
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.naming import item_id, title
from cockpit.card.model.steps import Part, Step
from cockpit.foundation.errors import UsageError


class Planned(Struct, frozen=True):
    """A step in its place; `id` is unique in the plan, `section` the id of the section it is in."""

    id: str
    title: str
    step: Step
    section: str


class Section(Struct, frozen=True):
    """Steps that belong together, in the card's order."""

    id: str
    title: str
    items: tuple[Planned, ...]


class Plan(Struct, frozen=True):
    """All that a card plans. Section ids are as `preflight`, `t-30`, `done.technical`, `success`.

    `rollback` has every part, those without steps too.
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
        """Give every section, in the order of the card."""
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
        """Give every planned step."""
        return (item for section in self.sections() for item in section.items)

    def gating(self) -> Iterator[Planned]:
        """Give the steps that a GO needs: preflight, phases and Done."""
        gates = (self.preflight, *self.phases, *self.done)
        return (item for section in gates for item in section.items)

    def find(self, id: str) -> Planned:  # noqa: A002  # it is what the command line calls it
        """Give the step with that id; raises UsageError that names the nearest one."""
        for item in self.all():
            if item.id == id:
                return item
        from cockpit.foundation.suggest import suggest  # noqa: PLC0415  # for a mistake alone

        raise UsageError(
            f"there is no step `{id}`: {suggest(id, (each.id for each in self.all()))}"
        )


def plan(card: Card) -> Plan:
    """Make the plan of a card; ids that it gives are kept, the others are made around them."""
    sections = _Sections(card)
    return Plan(
        preflight=sections.make("preflight", "preflight", card.preflight),
        phases=tuple(
            sections.make(phase.phase.lower(), phase.title, phase.steps) for phase in card.phases
        ),
        done=tuple(sections.make(f"done.{name}", name, card.done[name]) for name in card.done),
        rollback={
            part: sections.make(f"rollback.{part.value}", part.value, card.rollback.of(part))
            for part in Part
        },
        success=sections.make("success", "success", card.success.items),
        drumbeat=tuple(
            sections.make(f"drumbeat.{name}", name, card.drumbeat[name]) for name in card.drumbeat
        ),
        monitors=card.monitors,
        breakers=card.breakers,
    )


class _Sections:
    """Makes sections, and remembers the ids that are taken."""

    def __init__(self, card: Card) -> None:
        groups = (
            card.preflight,
            *(phase.steps for phase in card.phases),
            *card.done.values(),
            *(card.rollback.of(part) for part in Part),
            card.success.items,
            *card.drumbeat.values(),
        )
        self._taken = {step.id for steps in groups for step in steps if step.id}

    def make(self, id: str, name: str, steps: tuple[Step, ...]) -> Section:  # noqa: A002
        return Section(id, name, tuple(self._item(id, step) for step in steps))

    def _item(self, section: str, step: Step) -> Planned:
        name = item_id(section, step, self._taken)
        self._taken.add(name)
        return Planned(name, title(step), step, section)

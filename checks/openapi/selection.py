"""Which operations of an OpenAPI document are asked, and which are not, by name."""

from collections.abc import Collection, Iterator
from typing import Self

from msgspec import Struct

from checks.core.files import UnreadableError
from checks.core.text import join_names, one_line
from checks.openapi.document import Document, Operation
from checks.openapi.sample_request import SAFE, SampleRequest, question

_MOST_NAMED = 20


class Wish(Struct, frozen=True):
    """What a card says of the operations it wants asked."""

    everything: bool
    only: Collection[str]
    leave_out: Collection[str]
    unsafe: bool

    def wants(self, operation: Operation) -> bool:
        """Tell whether an operation is meant, whatever its method."""
        if operation.name in self.leave_out:
            return False
        if self.only:
            return operation.name in self.only
        return operation.public or self.everything


class SelectedOperations(Struct, frozen=True):
    """The operations to ask; by name those left out, and those that nothing keeps harmless."""

    api: Document
    asked: tuple[Operation, ...]
    left_out: tuple[str, ...]
    unprotected: tuple[str, ...]

    @classmethod
    def of(cls, api: Document, wish: Wish) -> Self:
        """Choose; raises UnreadableError for a name that the document does not know."""
        every = api.operations()
        if strange := {*wish.only, *wish.leave_out} - {each.name for each in every}:
            raise UnreadableError(f"{api.name} knows no {join_names(sorted(strange))}")
        wanted = [each for each in every if wish.wants(each)]
        meant = [each for each in wanted if wish.unsafe or each.method in SAFE]
        harmless = {each.name for each in meant if question(api, each)}
        meant_names = {each.name for each in meant}
        return cls(
            api,
            tuple(each for each in meant if each.name in harmless),
            (*wish.leave_out, *(each.name for each in wanted if each.name not in meant_names)),
            tuple(each.name for each in meant if each.name not in harmless),
        )

    def questions(self) -> Iterator[SampleRequest]:
        """Make one after the other: ten thousand at once would fill the memory."""
        for operation in self.asked:
            made = question(self.api, operation)
            if made is not None:
                yield made

    def not_asked(self) -> Iterator[str]:
        """Name what is not asked, and why."""
        for name in self.unprotected[:_MOST_NAMED]:
            yield f"not asked, as it might change something: {one_line(name, 80)}"
        for name in self.left_out[:_MOST_NAMED]:
            yield f"left out: {one_line(name, 80)}"

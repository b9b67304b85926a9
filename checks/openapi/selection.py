"""Selection of the operations of an OpenAPI document that a check requests."""

from collections.abc import Collection, Iterator
from typing import Self

from msgspec import Struct

from checks.core.errors import UnreadableError
from checks.core.text import join_names, one_line
from checks.openapi.document import Document, Operation
from checks.openapi.sample_request import SAFE_METHODS, SampleRequest, build_sample_request

_MOST_NAMED = 20


class SelectionOptions(Struct, frozen=True):
    """The card's options for selecting operations; each is named as `GET /path`.

    `include_private` selects operations whatever their `x-visibility`; `only`, unless empty,
    selects exactly these; `leave_out` wins over both. Without `unsafe`, only safe methods are
    requested.
    """

    include_private: bool
    only: Collection[str]
    leave_out: Collection[str]
    unsafe: bool

    def is_wanted(self, operation: Operation) -> bool:
        """Whether the options select the operation; its method is not considered."""
        if operation.name in self.leave_out:
            return False
        if self.only:
            return operation.name in self.only
        return operation.public or self.include_private


class SelectedOperations(Struct, frozen=True):
    """The operations to request, and the names of those left out.

    `unprotected` are wanted but not requested: behind a broken guard they might change something.
    """

    api: Document
    requested: tuple[Operation, ...]
    left_out: tuple[str, ...]
    unprotected: tuple[str, ...]

    @classmethod
    def select(cls, api: Document, options: SelectionOptions) -> Self:
        """Select operations; raises UnreadableError if an option names an unknown operation."""
        operations = api.operations()
        known = {operation.name for operation in operations}
        if unknown := {*options.only, *options.leave_out} - known:
            raise UnreadableError(f"{api.name} has no operation {join_names(sorted(unknown))}")
        wanted = [operation for operation in operations if options.is_wanted(operation)]
        candidates = [
            operation for operation in wanted if options.unsafe or operation.method in SAFE_METHODS
        ]
        names = {operation.name for operation in candidates}
        harmless = {
            operation.name for operation in candidates if build_sample_request(api, operation)
        }
        return cls(
            api,
            tuple(operation for operation in candidates if operation.name in harmless),
            (*options.leave_out, *(op.name for op in wanted if op.name not in names)),
            tuple(op.name for op in candidates if op.name not in harmless),
        )

    def sample_requests(self) -> Iterator[SampleRequest]:
        """Yield a request for each operation, lazily: there may be ten thousand."""
        for operation in self.requested:
            request = build_sample_request(self.api, operation)
            if request is not None:
                yield request

    def describe_omissions(self) -> Iterator[str]:
        """Yield a line for each operation that is not requested, with the reason; at most 40."""
        for name in self.unprotected[:_MOST_NAMED]:
            yield f"not requested, as it might change something: {one_line(name, 80)}"
        for name in self.left_out[:_MOST_NAMED]:
            yield f"left out: {one_line(name, 80)}"

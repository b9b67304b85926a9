"""Memoize one value by the identity of its inputs."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Holds one value. States are frozen and share unchanged parts, so identity is enough."""

    def __init__(self) -> None:
        self._entry: tuple[tuple[object, ...], tuple[int, ...], T] | None = None

    def get(self, parts: tuple[object, ...], numbers: tuple[int, ...], make: Callable[[], T]) -> T:
        """Return the value made for the same `parts` and equal `numbers`, else call `make`."""
        if self._entry is not None:
            old_parts, old_numbers, value = self._entry
            if old_numbers == numbers and all(
                old is new for old, new in zip(old_parts, parts, strict=True)
            ):
                return value
        value = make()
        self._entry = parts, numbers, value
        return value

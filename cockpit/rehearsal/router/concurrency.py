"""How many requests of one token may be under way at once: a rate limit that slow machines meet.

The service's own limit counts requests a second, which a burst on a slow machine may never reach.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

AT_ONCE = 48


@dataclass
class ConcurrencyLimit:
    """Counts what is under way, by token; it remembers none that has nothing under way."""

    at_once: int = AT_ONCE
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def entered(self, token: str) -> Iterator[bool]:
        """Count one request in and out again; give whether there was room for it."""
        self._under_way[token] += 1
        try:
            yield not token or self._under_way[token] <= self.at_once
        finally:
            self._under_way[token] -= 1
            if not self._under_way[token]:
                del self._under_way[token]

    def __len__(self) -> int:
        return len(self._under_way)

"""A limit of concurrent requests per token, which a burst exceeds on a slow machine too.

The service's own limit counts requests per second, a rate that a slow machine may never reach.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MAX_CONCURRENT = 48


@dataclass
class ConcurrencyLimit:
    """Counts the concurrent requests of each token, and forgets tokens without any."""

    max_concurrent: int = MAX_CONCURRENT
    _in_flight: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def request(self, token: str) -> Iterator[bool]:
        """Count one request while it is served; yield whether it is within the limit.

        A request without a token always is: the service itself refuses it.
        """
        self._in_flight[token] += 1
        try:
            yield not token or self._in_flight[token] <= self.max_concurrent
        finally:
            self._in_flight[token] -= 1
            if not self._in_flight[token]:
                del self._in_flight[token]

    def __len__(self) -> int:
        return len(self._in_flight)
